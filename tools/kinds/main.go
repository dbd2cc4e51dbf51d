// kinds writes what crates/gitops-core/src/schema/builtin.txt holds: the shape of
// every built-in kind of Kubernetes, as the Go types and the structured schema of
// the client library say it. Run it after raising the versions in go.mod:
//
//	go run . > ../../crates/gitops-core/src/schema/builtin.txt
//
// One line a kind, a struct or a field of the struct above it:
//
//	K apiVersion Kind struct [c]          c: the kind is cluster-scoped
//	S struct [a]                          a: the struct is owned as a whole
//	F name type[ flag]...
//
// Types: s string, b boolean, i int32, l int64, f float, y bytes, q quantity,
// p int-or-string, t time, u time with microseconds, d duration, * anything,
// @struct, [type list, {type map.
//
// Flags: o left out when zero, z left out when the zero struct, p pointer,
// m=KEY merged by KEY, m= merged as a set of scalars, r keys kept by the patch only,
// R replaced as a whole; of structured merge: a atomic, e set, k=A,B map by A and B,
// D=TEXT default text or number of a key.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

var special = map[reflect.Type]string{
	reflect.TypeOf(resource.Quantity{}):    "q",
	reflect.TypeOf(intstr.IntOrString{}):   "p",
	reflect.TypeOf(metav1.Time{}):          "t",
	reflect.TypeOf(metav1.MicroTime{}):     "u",
	reflect.TypeOf(metav1.Duration{}):      "d",
	reflect.TypeOf(runtime.RawExtension{}): "*",
	reflect.TypeOf(metav1.FieldsV1{}):      "*",
}

func main() {
	schemas := structuredSchema()
	clusterScoped := clusterScopedTypes()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	structs := map[string]reflect.Type{}
	var kinds []string
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		if _, ok := t.FieldByName("ObjectMeta"); !ok || gvk.Version == "__internal" {
			continue
		}
		name := collect(t, structs)
		line := fmt.Sprintf("K %s %s %s", gvk.GroupVersion(), gvk.Kind, name)
		if clusterScoped[t.PkgPath()+"."+t.Name()] {
			line += " c"
		}
		kinds = append(kinds, line)
	}
	sort.Strings(kinds)
	for _, kind := range kinds {
		fmt.Fprintln(out, kind)
	}
	names := make([]string, 0, len(structs))
	for name := range structs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		writeStruct(out, name, structs[name], schemas)
	}
}

// collect takes in a struct and all it reaches, and gives its short name.
func collect(t reflect.Type, structs map[string]reflect.Type) string {
	name := shortName(t)
	if _, seen := structs[name]; seen {
		return name
	}
	structs[name] = t
	for _, field := range fields(t) {
		typeText(field.Type, structs)
	}
	return name
}

func shortName(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	return strings.Join(parts[len(parts)-2:], "/") + "." + t.Name()
}

func longName(t reflect.Type) string {
	path := strings.ReplaceAll(strings.TrimPrefix(t.PkgPath(), "k8s.io/"), "/", ".")
	return "io.k8s." + path + "." + t.Name()
}

// fields lists a struct's fields with the embedded ones flattened.
func fields(t reflect.Type) []reflect.StructField {
	var all []reflect.StructField
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" && (field.Anonymous || strings.Contains(options, "inline")) {
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			all = append(all, fields(inner)...)
			continue
		}
		all = append(all, field)
	}
	return all
}

func typeText(t reflect.Type, structs map[string]reflect.Type) string {
	if text, ok := special[t]; ok {
		return text
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeText(t.Elem(), structs)
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int32, reflect.Int16, reflect.Int8, reflect.Uint16, reflect.Uint32:
		return "i"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "l"
	case reflect.Float32, reflect.Float64:
		return "f"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		return "[" + typeText(t.Elem(), structs)
	case reflect.Map:
		return "{" + typeText(t.Elem(), structs)
	case reflect.Struct:
		return "@" + collect(t, structs)
	case reflect.Interface:
		return "*"
	}
	log.Fatalf("no text for type %v", t)
	return ""
}

func writeStruct(out *bufio.Writer, name string, t reflect.Type, schemas map[string]*schemaType) {
	schema := schemas[longName(t)]
	if schema == nil {
		schema = &schemaType{}
	}
	atomic := ""
	if schema.Map != nil && schema.Map.ElementRelationship == "atomic" {
		atomic = " a"
	}
	fmt.Fprintf(out, "S %s%s\n", name, atomic)
	for _, field := range fields(t) {
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		flags := goFlags(field, options)
		if found := schema.field(tag); found != nil {
			flags = append(flags, mergeFlags(found, schemas)...)
		}
		fmt.Fprintln(out, strings.Join(append([]string{"F", tag, typeText(field.Type, map[string]reflect.Type{})}, flags...), " "))
	}
}

func goFlags(field reflect.StructField, options string) []string {
	var flags []string
	all := "," + options + ","
	if strings.Contains(all, ",omitempty,") {
		flags = append(flags, "o")
	}
	if strings.Contains(all, ",omitzero,") {
		flags = append(flags, "z")
	}
	if field.Type.Kind() == reflect.Pointer {
		flags = append(flags, "p")
	}
	for _, strategy := range strings.Split(field.Tag.Get("patchStrategy"), ",") {
		switch strategy {
		case "merge":
			flags = append(flags, "m="+field.Tag.Get("patchMergeKey"))
		case "retainKeys":
			flags = append(flags, "r")
		case "replace":
			flags = append(flags, "R")
		}
	}
	return flags
}

func mergeFlags(field *schemaField, schemas map[string]*schemaType) []string {
	var flags []string
	shape := field.Type
	if shape.ElementRelationship == "atomic" {
		flags = append(flags, "a")
	}
	if named := schemas[shape.NamedType]; named != nil && named.Map == nil && shape.NamedType != "" {
		shape.List = named.List
	}
	if shape.Map != nil && shape.Map.ElementRelationship == "atomic" {
		flags = append(flags, "a")
	}
	if list := shape.List; list != nil {
		switch {
		case list.ElementRelationship == "atomic":
			flags = append(flags, "a")
		case len(list.Keys) > 0:
			flags = append(flags, "k="+strings.Join(list.Keys, ","))
		default:
			flags = append(flags, "e")
		}
	}
	if text := fmt.Sprint(field.Default); field.Default != nil && text != "" && !strings.HasPrefix(text, "map[") {
		flags = append(flags, "D="+text)
	}
	return flags
}

type schemaType struct {
	Name string
	schemaAtom
}

type schemaAtom struct {
	Scalar    string
	NamedType string
	Map       *struct {
		Fields              []schemaField
		ElementRelationship string
	}
	List *struct {
		ElementRelationship string
		Keys                []string
	}
	ElementRelationship string
}

type schemaField struct {
	Name    string
	Type    schemaAtom
	Default any
}

func (t *schemaType) field(name string) *schemaField {
	if t.Map == nil {
		return nil
	}
	for i := range t.Map.Fields {
		if t.Map.Fields[i].Name == name {
			return &t.Map.Fields[i]
		}
	}
	return nil
}

// structuredSchema reads the schema that the client library compiles in.
func structuredSchema() map[string]*schemaType {
	text := string(read(filepath.Join(module("k8s.io/client-go"), "applyconfigurations/internal/internal.go")))
	_, text, _ = strings.Cut(text, "YAMLObject(`")
	text, _, _ = strings.Cut(text, "`)")
	var all struct{ Types []*schemaType }
	check(yaml.Unmarshal([]byte(text), &all))
	byName := map[string]*schemaType{}
	for _, t := range all.Types {
		byName[t.Name] = t
	}
	return byName
}

// clusterScopedTypes finds the marker for kinds outside namespaces.
func clusterScopedTypes() map[string]bool {
	marked := regexp.MustCompile(`(?m)^// \+genclient:nonNamespaced\n(?:(?:[ \t]*//.*)?\n)*type (\w+) struct`)
	found := map[string]bool{}
	root := module("k8s.io/api")
	files, err := filepath.Glob(filepath.Join(root, "*/*/types*.go"))
	check(err)
	for _, file := range files {
		folder, err := filepath.Rel(root, filepath.Dir(file))
		check(err)
		for _, match := range marked.FindAllStringSubmatch(string(read(file)), -1) {
			found["k8s.io/api/"+filepath.ToSlash(folder)+"."+match[1]] = true
		}
	}
	return found
}

func module(path string) string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	check(err)
	return strings.TrimSpace(string(out))
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err)
	return data
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

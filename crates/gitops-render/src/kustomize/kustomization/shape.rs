//! The fields a kustomization file may have.

use super::super::decode::Shape::{self, Any, Bool, Fields, Integer, List, Map, Text};

const TEXTS: Shape = List(&Text);

const TEXT_MAP: Shape = Map(&Text);

const FIELD_SPEC: Shape = Fields(&[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("path", Text),
    ("create", Bool),
]);

const FIELD_SPECS: Shape = List(&FIELD_SPEC);

const PATCH_TARGET: Shape = Fields(&[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("name", Text),
    ("namespace", Text),
    ("labelSelector", Text),
    ("annotationSelector", Text),
]);

const PATCH: Shape = Fields(&[
    ("path", Text),
    ("patch", Text),
    ("target", PATCH_TARGET),
    ("options", Map(&Bool)),
]);

const IMAGE: Shape = Fields(&[
    ("name", Text),
    ("newName", Text),
    ("newTag", Text),
    ("tagSuffix", Text),
    ("digest", Text),
]);

const REPLICA: Shape = Fields(&[("name", Text), ("count", Integer)]);

const FIELD_OPTIONS: Shape = Fields(&[
    ("delimiter", Text),
    ("index", Integer),
    ("encoding", Text),
    ("create", Bool),
]);

/// A replacement, or where to find some.
pub(crate) const REPLACEMENT: Shape = Fields(&[
    ("path", Text),
    ("sourceValue", Text),
    (
        "source",
        Fields(&[
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
            ("fieldPath", Text),
            ("options", FIELD_OPTIONS),
        ]),
    ),
    (
        "targets",
        List(&Fields(&[
            ("select", PATCH_TARGET),
            ("reject", List(&PATCH_TARGET)),
            ("fieldPaths", TEXTS),
            ("options", FIELD_OPTIONS),
        ])),
    ),
]);

const VAR: Shape = Fields(&[
    ("name", Text),
    (
        "objref",
        Fields(&[
            ("apiVersion", Text),
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
        ]),
    ),
    ("fieldref", Fields(&[("fieldPath", Text)])),
]);

const GENERATOR_OPTIONS: Shape = Fields(&[
    ("labels", TEXT_MAP),
    ("annotations", TEXT_MAP),
    ("disableNameSuffixHash", Bool),
    ("immutable", Bool),
]);

const GENERATOR: Shape = Fields(&[
    ("name", Text),
    ("namespace", Text),
    ("behavior", Text),
    ("type", Text),
    ("literals", TEXTS),
    ("files", TEXTS),
    ("envs", TEXTS),
    ("env", Text),
    ("options", GENERATOR_OPTIONS),
]);

const LABEL: Shape = Fields(&[
    ("pairs", TEXT_MAP),
    ("includeSelectors", Bool),
    ("includeTemplates", Bool),
    ("fields", FIELD_SPECS),
]);

/// A file of transformer configuration.
pub(crate) const CONFIG: Shape = Fields(&[
    ("namePrefix", FIELD_SPECS),
    ("nameSuffix", FIELD_SPECS),
    ("namespace", FIELD_SPECS),
    ("commonLabels", FIELD_SPECS),
    ("labels", FIELD_SPECS),
    ("templateLabels", FIELD_SPECS),
    ("commonAnnotations", FIELD_SPECS),
    (
        "nameReference",
        List(&Fields(&[
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("fieldSpecs", FIELD_SPECS),
        ])),
    ),
    ("varReference", FIELD_SPECS),
    ("images", FIELD_SPECS),
    ("replicas", FIELD_SPECS),
]);

/// The fields of all built-in plugins together.
pub(crate) const PLUGIN: Shape = Fields(&[
    ("metadata", Fields(&[("name", Text), ("namespace", Text)])),
    ("name", Text),
    ("namespace", Text),
    ("behavior", Text),
    ("type", Text),
    ("literals", TEXTS),
    ("files", TEXTS),
    ("envs", TEXTS),
    ("env", Text),
    ("options", Any),
    ("labels", TEXT_MAP),
    ("annotations", TEXT_MAP),
    ("fieldSpecs", FIELD_SPECS),
    ("imageTag", IMAGE),
    ("unsetOnly", Bool),
    ("setRoleBindingSubjects", Text),
    ("prefix", Text),
    ("suffix", Text),
    ("replica", REPLICA),
    ("replacements", List(&REPLACEMENT)),
    ("path", Text),
    ("patch", Text),
    ("jsonOp", Text),
    ("target", PATCH_TARGET),
    ("paths", TEXTS),
    ("patches", Text),
    ("value", Text),
    (
        "targets",
        List(&Fields(&[
            ("selector", PATCH_TARGET),
            ("notSelector", PATCH_TARGET),
            ("fieldPath", Text),
            ("filePathPosition", Integer),
        ])),
    ),
    ("targetFilePath", Text),
]);

/// The file itself.
pub(super) const KUSTOMIZATION: Shape = Fields(&[
    ("apiVersion", Text),
    ("kind", Text),
    (
        "metadata",
        Fields(&[
            ("name", Text),
            ("namespace", Text),
            ("labels", TEXT_MAP),
            ("annotations", TEXT_MAP),
        ]),
    ),
    ("resources", TEXTS),
    ("bases", TEXTS),
    ("components", TEXTS),
    ("crds", TEXTS),
    ("configurations", TEXTS),
    ("generators", TEXTS),
    ("transformers", TEXTS),
    ("validators", TEXTS),
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("namespace", Text),
    ("commonLabels", TEXT_MAP),
    ("commonAnnotations", TEXT_MAP),
    ("labels", List(&LABEL)),
    ("patches", List(&PATCH)),
    ("patchesStrategicMerge", TEXTS),
    ("patchesJson6902", List(&PATCH)),
    ("images", List(&IMAGE)),
    ("imageTags", List(&IMAGE)),
    ("replicas", List(&REPLICA)),
    ("replacements", List(&REPLACEMENT)),
    ("vars", List(&VAR)),
    ("configMapGenerator", List(&GENERATOR)),
    ("secretGenerator", List(&GENERATOR)),
    ("generatorOptions", GENERATOR_OPTIONS),
    (
        "sortOptions",
        Fields(&[
            ("order", Text),
            (
                "legacySortOptions",
                Fields(&[("orderFirst", TEXTS), ("orderLast", TEXTS)]),
            ),
        ]),
    ),
    ("buildMetadata", TEXTS),
    ("openapi", TEXT_MAP),
    ("helmCharts", List(&Any)),
    ("helmGlobals", Any),
    ("helmChartInflationGenerator", List(&Any)),
]);

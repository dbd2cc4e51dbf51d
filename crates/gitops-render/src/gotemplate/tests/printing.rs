use super::check;

#[test]
fn floats_change_to_exponents_where_go_changes() {
    check(
        "{{ 999999.0 }} {{ 1000000.0 }} {{ 1234567.0 }} {{ 123456.5 }}",
        "999999 1e+06 1.234567e+06 123456.5",
    );
    check(
        "{{ 0.0001 }} {{ 0.00001 }} {{ 1e100 }} {{ -0.0 }}",
        "0.0001 1e-05 1e+100 -0",
    );
    check(
        "{{ .big }} {{ printf `%.0f %.2e %8.3g|` .big .big .f }}",
        "1e+06 1000000 1.00e+06      1.5|",
    );
}

#[test]
fn verbs_take_flags_width_and_precision() {
    check(
        "{{ printf `%5d|%-5d|%05d|%+d|% d` 42 42 42 42 42 }}",
        "   42|42   |00042|+42| 42",
    );
    check(
        "{{ printf `%x %X %#x %o %#o %b %c %U %q` 255 255 255 8 8 5 65 65 65 }}",
        "ff FF 0xff 10 010 101 A U+0041 'A'",
    );
    check(
        "{{ printf `%6.2f|%-8s|%8s|%.2s` 3.14159 `ab` `ab` `abc` }}",
        "  3.14|ab      |      ab|ab",
    );
    check(
        "{{ printf `%*d|%-*d|%.*f` 4 1 4 1 1 2.55 }}",
        "   1|1   |2.5",
    );
    check(
        "{{ printf `%[2]d %[1]d` 1 2 }} {{ printf `%t %v` true false }}",
        "2 1 true false",
    );
    check(
        "{{ printf `%q %x %X %s` `a\tb` `hi` `hi` .l }}",
        r#""a\tb" 6869 6869 [a b]"#,
    );
    check(
        "{{ printf `%T %T %T %T` .m .l .none 1 }}",
        "map[string]interface {} []interface {} <nil> int",
    );
    check(
        "{{ printf `%#v %#v` .l `a` }}",
        r#"[]interface {}{"a", "b"} "a""#,
    );
}

#[test]
fn what_does_not_fit_a_verb_is_shown() {
    check(
        "{{ printf `%d` `x` }} {{ printf `%s` 1 }} {{ printf `%s` nil }}",
        "%!d(string=x) %!s(int=1) %!s(<nil>)",
    );
    check(
        "{{ printf `%5.2f` `1e3` }} {{ printf `%+s` 1 }} {{ printf `%#d` `x` }} {{ printf `%6.2d` 1.234 }}",
        "%!f(string=   1e) %!s(int=+1) %!d(string=x) %!d(float64=   1.2)",
    );
    check(
        "{{ printf `%d` }} {{ printf `x` 1 }} {{ printf `%` }} {{ printf `%!` 1 }}",
        "%!d(MISSING) x%!(EXTRA int=1) %!(NOVERB) %!!(int=1)",
    );
    check(
        "{{ printf `%[5]d` 1 }} {{ printf `%*d` `x` 1 }}",
        "%!d(BADINDEX) %!(BADWIDTH)1",
    );
    check("{{ printf `%s` .m }}", "map[a:x b:%!s(int64=1)]");
}

#[test]
fn print_separates_operands_that_are_no_strings() {
    check("{{ print 1 2 `a` 3 4 nil nil }}", "1 2a3 4 <nil> <nil>");
    check("{{ println 1 `a` }}{{ print }}", "1 a\n");
}

#[test]
fn escapes_are_go_s() {
    check(
        "{{ html `<a href='x'>&` }}",
        "&lt;a href=&#39;x&#39;&gt;&amp;",
    );
    check("{{ js `a'b<c>\n=` }}", r"a\'b\u003Cc\u003E\u000A\u003D");
    check("{{ urlquery `a b&c/é` }}", "a+b%26c%2F%C3%A9");
}

#[test]
fn comparisons_keep_to_one_class() {
    check(
        "{{ eq 1 2 1 }} {{ ne `a` `b` }} {{ lt 1 2 }} {{ ge 1.5 1.5 }} {{ eq .none nil }}",
        "true true true true true",
    );
    super::fails(
        "{{ eq 1 1.0 }}",
        r#"3: executing "t" at <eq 1 1.0>: error calling eq: incompatible types for comparison: int and float64"#,
    );
    super::fails(
        "{{ lt .none 1 }}",
        r#"3: executing "t" at <lt .none 1>: error calling lt: invalid type for comparison"#,
    );
}

#[test]
fn slices_and_lengths_count_bytes() {
    check(
        "{{ len `é` }} {{ slice `abc` 1 2 }} {{ index `abc` 1 }} {{ len .m }} {{ slice .l 1 }}",
        "2 b 98 2 [b]",
    );
}

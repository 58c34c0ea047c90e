//! Golden texts: what a run printed is compared with `tests/stories/…`; `make bless` accepts new ones.

use super::repository::Run;

/// Compares what a run printed with the golden text of this name, times and plan names aside, and what `aside` names:
/// patterns and what stands for them.
pub(crate) fn assert_golden(directory: &str, name: &str, run: &Run, aside: &[(&str, &str)]) {
    let text = format!("exit {}\n--- stdout\n{}--- stderr\n{}", run.code, run.stdout, run.stderr);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(directory);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"\d+(\.\d+)? (ms|s|min|h)\b( \d+ s)?", "[time]");
    settings.add_filter(r"plan [0-9a-f]{12}", "plan [id]");
    for (pattern, stands_for) in aside {
        settings.add_filter(pattern, *stands_for);
    }
    settings.bind(|| insta::assert_snapshot!(name, text));
}

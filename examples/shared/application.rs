//! Applications as the examples take them: from a YAML file.

use std::path::Path;

use anyhow::{Context, Result};
use gitops_core::api::Application;
use gitops_core::yaml;

/// The Application of a file. Says on standard error which fields count for nothing.
pub fn read(file: &Path) -> Result<Application> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| name.to_string())?;
    let value = yaml::read(&text, &yaml::Options::default()).with_context(|| name.to_string())?;
    let (application, unknown) = Application::read(&value).with_context(|| name.to_string())?;
    for field in unknown {
        eprintln!("warning: {name}: {field}");
    }
    Ok(application)
}

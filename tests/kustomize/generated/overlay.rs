//! Whole overlays: layers on top of each other, components, diamonds.

use std::collections::BTreeMap;

use serde_json::Value;

use super::layer::Layer;
use super::random::Random;

/// Files and the folder to build.
pub struct Overlay {
    pub files: BTreeMap<String, String>,
    pub folder: &'static str,
}

/// The overlay of a seed.
pub fn overlay(seed: u64) -> Overlay {
    let random = &mut Random::new(seed);
    let mut layers = match random.below(10) {
        0..=3 => vec![single("top", random)],
        4..=6 => chain(random),
        7 => diamond(random),
        _ => with_component(random),
    };
    let mut files = BTreeMap::new();
    for layer in layers.drain(..) {
        files.extend(layer.into_files(random));
    }
    Overlay {
        files,
        folder: "top",
    }
}

fn single(folder: &str, random: &mut Random) -> Layer {
    let mut layer = Layer::new(folder);
    layer.add_objects(random);
    layer.add_fields(random);
    layer
}

/// A layer on others; seldom with objects of its own.
fn above(folder: &str, bases: &[&Layer], random: &mut Random) -> Layer {
    let mut layer = Layer::new(folder);
    for base in bases {
        layer.push("resources", format!("../{}", base.folder));
        layer.objects.extend(base.objects.iter().cloned());
    }
    if random.chance(30) {
        layer.add_objects(random);
    }
    layer.add_fields(random);
    layer
}

fn chain(random: &mut Random) -> Vec<Layer> {
    let base = single("base", random);
    if random.chance(60) {
        let top = above("top", &[&base], random);
        return vec![base, top];
    }
    let middle = above("middle", &[&base], random);
    let top = above("top", &[&middle], random);
    vec![base, middle, top]
}

fn diamond(random: &mut Random) -> Vec<Layer> {
    let base = single("base", random);
    let mut left = above("left", &[&base], random);
    let mut right = above("right", &[&base], random);
    left.set("namePrefix", "l-");
    match random.below(3) {
        0 => right.set("nameSuffix", "-r"),
        1 => right.set("namespace", "right"),
        _ => right.set("namePrefix", "r-"),
    }
    let top = above("top", &[&left, &right], random);
    vec![base, left, right, top]
}

fn with_component(random: &mut Random) -> Vec<Layer> {
    let base = single("base", random);
    let mut part = component("part", &base.objects, random);
    let mut top = above("top", &[&base], random);
    top.push("components", "../part");
    if random.chance(60) {
        return vec![base, part, top];
    }
    // A component of a component sees what the outer one adds to.
    let inner = component("inner", &part.objects, random);
    part.push("components", "../inner");
    vec![base, inner, part, top]
}

fn component(folder: &str, objects: &[Value], random: &mut Random) -> Layer {
    let mut part = Layer::new(folder);
    part.objects.extend(objects.iter().cloned());
    if random.chance(40) {
        part.add_objects(random);
    }
    part.add_fields(random);
    part.set("apiVersion", "kustomize.config.k8s.io/v1alpha1");
    part.set("kind", "Component");
    part
}

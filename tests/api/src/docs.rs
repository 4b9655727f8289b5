//! rustdoc's JSON, as far as it is asked here. Items that a user cannot reach are not in it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

pub struct Docs {
    json: Value,
}

/// A method, or a function of a module.
pub struct Method {
    pub name: String,
    pub has_example: bool,
}

impl Docs {
    pub fn new(json: Value) -> Self {
        Self { json }
    }

    /// The crates, other than this one, whose types and traits are named in signatures, fields, bounds and impls.
    pub fn crates(&self) -> BTreeSet<String> {
        let impls = self.items().filter_map(|item| item["inner"].get("impl"));
        // What every type has, whoever wrote it: the traits of others for all types, and those that the compiler derives
        // from the fields.
        let (foreign, own): (Vec<_>, Vec<_>) = impls.partition(|inner| !self.is_own(inner));
        let skipped: BTreeSet<_> = foreign.iter().flat_map(|inner| ids(&inner["items"])).collect();
        let mut found = BTreeSet::new();
        own.into_iter().for_each(|inner| self.collect(inner, &mut found));
        let others = self.items().filter(|item| item["inner"].get("impl").is_none());
        for item in others.filter(|item| item["crate_id"] == 0 && !skipped.contains(&item["id"].to_string())) {
            self.collect(&item["inner"], &mut found);
        }
        found
    }

    pub fn methods(&self) -> Vec<Method> {
        let mut methods = Vec::new();
        for item in self.items() {
            let inner = &item["inner"];
            if let Some(of_type) = inner.get("impl").filter(|inner| inner["trait"].is_null()) {
                self.add_methods(of_type, &of_type["for"]["resolved_path"]["path"], &mut methods);
            } else if let Some(of_trait) = inner.get("trait").or_else(|| inner.get("module")) {
                self.add_methods(of_trait, &item["name"], &mut methods);
            }
        }
        methods.sort_by(|a, b| a.name.cmp(&b.name));
        methods
    }

    fn add_methods(&self, owner: &Value, name: &Value, methods: &mut Vec<Method>) {
        let items = ids(&owner["items"]).filter_map(|id| self.json["index"].get(id));
        methods.extend(items.filter(|item| item["inner"].get("function").is_some()).map(|item| Method {
            name: format!("{}::{}", name.as_str().unwrap_or("?"), item["name"].as_str().unwrap_or("?")),
            has_example: item["docs"].as_str().is_some_and(has_example),
        }));
    }

    fn is_own(&self, inner: &Value) -> bool {
        // pin-project-lite writes its own helper into the bounds of `Unpin`, where nobody has to name it.
        let is_unpin = inner["trait"]["path"].as_str().is_some_and(|path| path.ends_with("Unpin"));
        inner["blanket_impl"].is_null() && inner["is_synthetic"] == false && !is_unpin
    }

    /// A path has an ID wherever it stands; so has what is exported once more.
    fn collect(&self, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                found.extend(self.crate_of(object));
                object.values().for_each(|value| self.collect(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| self.collect(value, found)),
            _ => {}
        }
    }

    fn crate_of(&self, object: &Map<String, Value>) -> Option<String> {
        let is_path = object.contains_key("path") || object.contains_key("source");
        let id = object.get("id").filter(|_| is_path)?;
        let crate_id = &self.json["paths"].get(id.to_string())?["crate_id"];
        let name = self.json["external_crates"].get(crate_id.to_string())?["name"].as_str()?;
        Some(name.to_owned())
    }

    fn items(&self) -> impl Iterator<Item = &Value> {
        self.json["index"].as_object().into_iter().flat_map(Map::values)
    }
}

fn ids(value: &Value) -> impl Iterator<Item = String> {
    value.as_array().into_iter().flatten().map(Value::to_string)
}

/// Whether there is code that rustdoc compiles: an opening fence that says nothing, or how it is run.
fn has_example(docs: &str) -> bool {
    let fences = docs.lines().filter_map(|line| line.trim_start().strip_prefix("```"));
    fences.step_by(2).any(|tag| tag.split(',').all(|word| ["", "no_run", "rust", "should_panic"].contains(&word)))
}

//! Descriptions of the command line for workflow systems, made from the description that also makes the help:
//! Boutiques descriptors of the commands (`packaging/boutiques/`), and a Nextflow module of `decode`
//! (`packaging/nextflow/`). The files of the repository must be what is made.
//!
//! `UPDATE_DOCS=1 cargo test --test integration descriptors` writes them anew.

use crate::support::root;
use clap::builder::ValueHint;
use clap::{Arg, ArgAction, Command, CommandFactory};
use serde_json::{Map, Value, json};
use softargmax::cli::Cli;
use std::any::TypeId;

/// The commands that read and write files.
const COMMANDS: [&str; 7] = ["decode", "argmax", "info", "convert", "encode", "eval", "calibrate"];
/// Options that name what is written, by their ids.
const OUTPUTS: [&str; 7] = ["output", "output_dir", "rows", "curve", "boxes", "labels_to", "resume"];
/// Options with the value of a file that need not be one: `--reference` may be a pattern.
const TEXTS: [&str; 1] = ["reference"];
/// Inputs of the Nextflow process; each option is one of its own.
const STAGED: [&str; 4] = ["reference", "mask", "labels", "calibration"];
/// Options that the Nextflow process sets itself, or that mean nothing in it.
const SETTLED: [&str; 13] = [
    "output",
    "output_dir",
    "resume",
    "threads",
    "progress",
    "dry_run",
    "files_from",
    "null",
    "root",
    "include",
    "exclude",
    "hidden",
    "help",
];

fn whole() -> Command {
    let mut whole = Cli::command();
    whole.build();
    whole
}

fn command(name: &str) -> Command {
    whole().find_subcommand(name).unwrap().clone()
}

fn is_flag(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse | ArgAction::Count)
}

fn is_number(arg: &Arg) -> bool {
    let id = arg.get_value_parser().type_id();
    let numbers = [TypeId::of::<f64>(), TypeId::of::<u8>(), TypeId::of::<u16>(), TypeId::of::<u32>()];
    let more = [TypeId::of::<u64>(), TypeId::of::<usize>(), TypeId::of::<i32>(), TypeId::of::<i64>()];
    numbers.iter().chain(&more).any(|number| id == *number)
}

fn is_input(arg: &Arg) -> bool {
    let name = arg.get_value_names().and_then(|names| names.first()).map(clap::builder::Str::as_str);
    let is_file = arg.is_positional() || name == Some("FILE") || name == Some("IMAGE");
    let id = arg.get_id().as_str();
    let is_path =
        matches!(arg.get_value_hint(), ValueHint::Unknown | ValueHint::AnyPath | ValueHint::FilePath);
    is_file && is_path && !OUTPUTS.contains(&id) && !TEXTS.contains(&id)
}

fn help(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

/// The options of a command that a description shows.
fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| arg.get_id() != "help" && !arg.is_hide_set())
}

// --- Boutiques ---------------------------------------------------------------------------------------

/// One input of a Boutiques descriptor.
fn boutiques_input(arg: &Arg) -> Value {
    let id = arg.get_id().as_str();
    let mut input = Map::new();
    let mut set = |key: &str, value: Value| input.insert(key.to_owned(), value);
    set("id", json!(id));
    set("name", json!(id.replace('_', " ")));
    set("description", json!(help(arg)));
    set("value-key", json!(format!("[{}]", id.to_uppercase())));
    set("optional", json!(!arg.is_required_set()));
    if let Some(long) = arg.get_long() {
        set("command-line-flag", json!(format!("--{long}")));
    }
    if is_flag(arg) {
        set("type", json!("Flag"));
        return Value::Object(input);
    }
    let kind = if is_input(arg) {
        "File"
    } else if is_number(arg) {
        "Number"
    } else {
        "String"
    };
    set("type", json!(kind));
    let is_list = arg.is_positional() && arg.get_num_args().is_some_and(|range| range.max_values() > 1);
    let delimiter = arg.get_value_delimiter();
    set("list", json!(is_list || delimiter.is_some()));
    if let Some(delimiter) = delimiter {
        set("list-separator", json!(delimiter.to_string()));
    }
    let choices: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if !choices.is_empty() {
        set("value-choices", json!(choices));
    }
    Value::Object(input)
}

fn boutiques(name: &str) -> Value {
    let command = command(name);
    let args: Vec<&Arg> = shown(&command).collect();
    let keys = |is_positional: bool| {
        let chosen = args.iter().filter(move |arg| arg.is_positional() == is_positional);
        chosen.map(|arg| format!("[{}]", arg.get_id().as_str().to_uppercase())).collect::<Vec<_>>()
    };
    // Files that were not written are no defect: most outputs are optional.
    let is_written = |arg: &&&Arg| OUTPUTS.contains(&arg.get_id().as_str()) && !is_flag(arg);
    let outputs: Vec<Value> = args
        .iter()
        .filter(is_written)
        .map(|arg| {
            let id = arg.get_id().as_str();
            let path = format!("[{}]", id.to_uppercase());
            json!({"id": format!("{id}_file"), "name": help(arg), "path-template": path,
                   "optional": !arg.is_required_set()})
        })
        .collect();
    let mut descriptor = json!({
        "name": format!("softargmax {name}"),
        "description": command.get_about().unwrap().to_string(),
        "tool-version": env!("CARGO_PKG_VERSION"),
        "schema-version": "0.5",
        "command-line": format!("softargmax {name} {} {}", keys(false).join(" "), keys(true).join(" ")),
        "inputs": args.iter().map(|arg| boutiques_input(arg)).collect::<Vec<_>>(),
        "error-codes": [
            {"code": 1, "description": "done, but a landmark has a status or flag of --fail-on, \
                                        or the error of eval is above --fail-above"},
            {"code": 2, "description": "the command line is not right"},
            {"code": 3, "description": "inputs could not be decoded"},
            {"code": 4, "description": "the output could not be written"},
            {"code": 70, "description": "a bug in this program"},
        ],
        "tags": {"domain": ["neuroinformatics", "medical imaging"]},
    });
    if !outputs.is_empty() {
        descriptor["output-files"] = json!(outputs);
    }
    descriptor
}

// --- Nextflow ----------------------------------------------------------------------------------------

/// The options of `decode` that `task.ext` may set: those with a value, and flags.
fn extensions(command: &Command) -> (Vec<&Arg>, Vec<&Arg>) {
    let is_free = |arg: &&Arg| {
        let id = arg.get_id().as_str();
        !arg.is_positional() && !SETTLED.contains(&id) && !STAGED.contains(&id) && id != "format"
    };
    shown(command).filter(is_free).partition(|arg| !is_flag(arg))
}

fn name_of(arg: &Arg) -> String {
    arg.get_long().unwrap().replace('-', "_")
}

fn nextflow() -> String {
    let command = command("decode");
    let (valued, flags) = extensions(&command);
    let list = |args: &[&Arg]| {
        let names: Vec<String> = args.iter().map(|arg| format!("'{}'", name_of(arg))).collect();
        names.chunks(6).map(|row| row.join(", ")).collect::<Vec<_>>().join(",\n        ")
    };
    let inputs: Vec<String> = STAGED.iter().map(|name| format!("path({name})")).collect();
    let staged: String = STAGED
        .iter()
        .map(|name| format!("    if ({name}) options += [\"--{name} ${{quoted({name})}}\"]\n"))
        .collect();
    include_str!("descriptors/main.nf")
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@INPUTS@", &inputs.join(", "))
        .replace("@VALUED@", &list(&valued))
        .replace("@FLAGS@", &list(&flags))
        .replace("@STAGED@\n", &staged)
}

fn meta() -> String {
    let command = command("decode");
    let (valued, flags) = extensions(&command);
    // In quotes, which every help text can stand in.
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let arg = |kind: &str, arg: &Arg| {
        let (name, description) = (name_of(arg), quoted(&help(arg)));
        format!("  - {name}:\n      type: {kind}\n      description: {description}\n")
    };
    let kind = |arg: &&&Arg| if is_number(arg) { "float" } else { "string" };
    let args: String = valued.iter().map(|one| arg(kind(&one), one)).collect();
    let args = args + &flags.iter().map(|one| arg("boolean", one)).collect::<String>();
    let find = |name: &&str| command.get_arguments().find(|arg| arg.get_id().as_str() == *name).unwrap();
    let inputs: String = STAGED
        .iter()
        .map(|name| {
            let description = quoted(&format!("{}; [] for none", help(find(name))));
            format!("  - {name}:\n      type: file\n      description: {description}\n")
        })
        .collect();
    include_str!("descriptors/meta.yml").replace("@ARGS@\n", &args).replace("@INPUTS@\n", &inputs)
}

// --- the files ---------------------------------------------------------------------------------------

fn hold(path: &str, made: String) {
    let path = root().join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(there, made, "{}: UPDATE_DOCS=1 cargo test --test integration descriptors", path.display());
}

#[test]
fn boutiques_descriptors_are_the_command_line() {
    for name in COMMANDS {
        let descriptor = boutiques(name);
        let line = descriptor["command-line"].as_str().unwrap();
        for input in descriptor["inputs"].as_array().unwrap() {
            assert!(line.contains(input["value-key"].as_str().unwrap()), "{name}: {input}");
            assert!(!input["description"].as_str().unwrap().is_empty(), "{name}: {input}");
        }
        let text = serde_json::to_string_pretty(&descriptor).unwrap() + "\n";
        hold(&format!("packaging/boutiques/softargmax-{name}.json"), text);
    }
}

#[test]
fn the_types_of_boutiques_are_those_of_the_options() {
    let kinds = |name: &str| -> Map<String, Value> {
        let descriptor = boutiques(name);
        let inputs = descriptor["inputs"].as_array().unwrap().clone();
        inputs.iter().map(|input| (input["id"].as_str().unwrap().to_owned(), input["type"].clone())).collect()
    };
    let decode = kinds("decode");
    let expected = [
        ("inputs", "File"),
        ("labels", "File"),
        ("mask", "File"),
        ("output", "String"),
        ("reference", "String"),
        ("compare", "Flag"),
        ("temperature", "Number"),
        ("peaks", "Number"),
        ("method", "String"),
    ];
    for (id, kind) in expected {
        assert_eq!(decode[id], kind, "{id}");
    }
    let eval = kinds("eval");
    for (id, kind) in [("predicted", "File"), ("truth", "File"), ("rows", "String"), ("bootstrap", "Number")]
    {
        assert_eq!(eval[id], kind, "{id}");
    }
}

#[test]
fn the_nextflow_module_is_the_command_line() {
    let command = command("decode");
    let (valued, flags) = extensions(&command);
    assert!(valued.len() > 20 && flags.len() > 4, "{} and {}", valued.len(), flags.len());
    // What the process settles and what it stages are options of the command; so a renamed one is noticed.
    for name in SETTLED.iter().chain(&STAGED) {
        assert!(command.get_arguments().any(|arg| arg.get_id() == *name), "{name}");
    }
    for (file, made) in [("main.nf", nextflow()), ("meta.yml", meta())] {
        assert!(!made.contains('@') || file == "meta.yml", "{made}");
        hold(&format!("packaging/nextflow/landmark/softargmax/{file}"), made);
    }
}

//! `softargmax report`: a page on which a person looks at landmarks, the worst first.

use super::args::DecodeArgs;
use super::exit::{Exit, Failure};
use super::output_args::LinePer;
use super::report_args::ReportArgs;
use super::report_found;
use super::report_pictures::{self, Pictures};
use super::targets::{Beside, Targets};
use super::{eval_files, eval_hints, inputs, landmarks_in, outputs, plan, report_entries, signals, stderr};
use crate::geometry::{Norm, Order};
use crate::plan::Plan;
use crate::points::ReadOptions;
use crate::reference::ReferencePattern;
use crate::shown;
use crate::source::Location;
use crate::study::{self, Page};
use std::path::{Path, PathBuf};

/// Runs `report`.
pub(super) fn run(mut args: ReportArgs) -> Result<Exit, Failure> {
    check_idle(&args.decode)?;
    let Some(target) = args.decode.output.take() else {
        return Err(Failure::usage("`report` needs `-o FILE`", "for example `-o landmarks.html`"));
    };
    args.decode.uncertainty = true;
    let image = args.image.as_deref().map(pattern).transpose()?;
    let mut run = plan::settle(&args.decode)?;
    if let Some(mut list) = run.list.take() {
        // Every input is needed before the first is shown.
        run.plan.inputs = list.by_ref().collect();
        list.failed().take().map_or(Ok(()), Err)?;
    }
    check_streams(&args, &run.plan)?;
    check_targets(&args, &run.plan, &target, image.as_ref())?;
    let truth = read(&args, Which::Truth)?;
    let given = read(&args, Which::Landmarks)?;
    signals::watch();
    let is_heard = !args.decode.quiet;
    let mut found = report_found::decode(&args, run)?;
    found.match_with(&args, given.as_ref(), truth.as_ref())?;
    let mut entries = report_entries::entries(&found);
    study::worst_first(&mut entries);
    let pictures = Pictures { args: &args, image: image.as_ref(), target: &target };
    let unpictured = report_pictures::add(&pictures, &found, &mut entries)?;
    let page = Page {
        title: args.title.clone().unwrap_or_else(|| "Landmarks".to_owned()),
        program: concat!("softargmax ", env!("CARGO_PKG_VERSION")).to_owned(),
        method: method(&found.plan),
        convention: args.convention.convention().name(),
        columns: found.plan.report.path.as_ref().map(|path| path.names.clone()).unwrap_or_default(),
        has_truth: args.truth.is_some(),
        is_given: args.landmarks.is_some(),
        unpictured: unpictured.too_many,
        notes: [found.notes(), unpictured.notes.clone()].concat(),
        entries,
    };
    if is_heard {
        page.notes.iter().for_each(|note| stderr::print_line(&format!("note: {note}")));
    }
    outputs::write(&target, study::page(&page).as_bytes())?;
    let exit = found.tally_exit();
    Ok(if unpictured.notes.is_empty() { exit } else { exit.max(Exit::Unreadable) })
}

/// How landmarks were decoded, in words.
fn method(plan: &Plan) -> String {
    let kernel = &plan.decoding.kernel;
    let settings = plan.settings();
    let shown = |name: &str| {
        let setting = settings.iter().find(|setting| setting.name == name)?;
        (!setting.value.is_null()).then(|| format!("{name} {}", setting.value))
    };
    let told: Vec<String> = ["temperature", "beta", "threshold"].into_iter().filter_map(shown).collect();
    let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) };
    format!("the method {}{told}", kernel.method.name)
}

/// Refuses options that say how rows are written: a page has none.
fn check_idle(args: &DecodeArgs) -> Result<(), Failure> {
    let given = [
        ("--coords", args.coords.is_some()),
        ("--format", args.format.is_some()),
        ("--output-dir", args.output_dir.is_some()),
        ("--resume", args.resume),
        ("--dry-run", args.dry_run),
        ("--norm", args.norm != Norm::default()),
        ("--order", args.order != Order::default()),
        ("--frame", args.frame.is_some()),
        ("--stats", args.stats),
        ("--line-per", args.form.line_per != LinePer::Landmark),
        ("--digits", args.digits.is_some()),
        ("--region", args.study.region.is_some()),
        ("--png", args.png.is_some()),
    ];
    if let Some((option, _)) = given.iter().find(|(_, is_given)| *is_given) {
        let what = format!("`{option}` says how rows are written, and a page has none");
        return Err(Failure::usage(what, format!("leave it out, or run `decode` with `{option}`")));
    }
    if args.study.stack {
        let what = "`report` takes each file as it stands, and `--stack` joins several";
        return Err(Failure::usage(what, "leave out `--stack`, and name landmarks with `--path-regex`"));
    }
    Ok(())
}

/// What comes from a pipe cannot be read again.
fn check_streams(args: &ReportArgs, plan: &Plan) -> Result<(), Failure> {
    if let Some(input) = plan.inputs.iter().find(|input| inputs::is_stream(input)) {
        let what = format!("`report` reads heatmaps a second time, and `{input}` is a pipe");
        return Err(Failure::usage(what, "write the heatmaps to a file, which may be compressed"));
    }
    let files = [&args.truth, &args.landmarks, &args.decode.files_from];
    let standard = files.into_iter().flatten().filter(|path| landmarks_in::is_stdin(path));
    if standard.count() > 1 {
        let what = "standard input (`-`) can be read once";
        return Err(Failure::usage(what, "write one of the two to a file"));
    }
    Ok(())
}

/// The page may be no file that is read.
fn check_targets(
    args: &ReportArgs,
    plan: &Plan,
    target: &Path,
    image: Option<&ReferencePattern>,
) -> Result<(), Failure> {
    let files = [
        ("the truth", &args.truth),
        ("the file of `--landmarks`", &args.landmarks),
        ("the file of `--labels`", &args.decode.labels),
        ("the mask", &args.decode.study.mask),
        ("the reference", &args.decode.reading.reference),
        ("the calibration", &args.decode.calibration),
    ];
    let files = files.into_iter().filter_map(|(what, path)| Some(Beside { what, path: path.clone()? }));
    let inputs = plan.files();
    let images = inputs.iter().filter_map(Location::path).filter_map(|path| Some(image?.of(path)));
    let images = images.map(|path| Beside { what: "the image", path });
    let beside: Vec<Beside> = files.chain(images).collect();
    Targets::new([target.to_owned()]).check(&inputs, &beside)
}

/// The pattern of `--image`.
fn pattern(given: &Path) -> Result<ReferencePattern, Failure> {
    let text = given.to_str().ok_or_else(|| {
        let what = format!("`--image {}` is not UTF-8", shown::path(given));
        Failure::usage(what, "rename the image, or a directory of it")
    })?;
    ReferencePattern::parse(text).map_err(|error| {
        let hint = "`{dir}`, `{name}` and `{stem}` stand for a part of each input's path, `{{` for a brace: \
                    for example `--image 'imagesTr/{stem}_0000.nii.gz'`";
        Failure::usage(format!("`--image {}`: {error}", shown::path(given)), hint)
    })
}

/// Which landmark file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Truth,
    Landmarks,
}

/// Reads the landmarks that the page compares with, or shows.
fn read(args: &ReportArgs, which: Which) -> Result<Option<eval_files::Read>, Failure> {
    let (path, format, frame, role) = match which {
        Which::Truth => (&args.truth, args.truth_format, args.truth_frame, eval_hints::Role::Truth),
        Which::Landmarks => {
            (&args.landmarks, args.landmarks_format, args.landmarks_frame, eval_hints::Role::Landmarks)
        }
    };
    let Some(path): &Option<PathBuf> = path else { return Ok(None) };
    let options = ReadOptions {
        format,
        from_frame: frame.and_then(super::points_values::FromFrame::frame),
        in_voxels: frame == Some(super::points_values::FromFrame::Voxel),
        grid: None,
    };
    eval_files::read(path, &options, role, args.decode.study.path_regex.as_ref()).map(Some)
}

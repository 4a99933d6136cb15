//! `softargmax show`: the slices of one landmark in a terminal.

use super::args::{Cli, Command, DecodeArgs, When};
use super::exit::{Exit, Failure};
use super::plan;
use super::progress::Verbosity;
use super::reporter::Reporter;
use super::show_args::{Form, ShowArgs};
use super::slicing::{Cut, Slicer, View};
use super::values::ChannelList;
use super::{deliver, inputs, sheet, signals, stdout};
use crate::landmark::Landmark;
use crate::picture::{Bands, Canvas, Frame};
use crate::pipeline::Decoded;
use crate::shown;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser as _;
use std::fmt::Write as _;
use std::io::Write as _;

/// Runs `show`.
pub(super) fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    let plan::Run { plan, .. } = plan::settle(&decode_args(args)?)?;
    let Some(input) = plan.inputs.first().filter(|_| plan.inputs.len() == 1) else {
        return Err(Failure::usage("`show` shows one file", "name the file of the heatmap"));
    };
    if inputs::is_stream(input) {
        let what = format!("`show` reads heatmaps a second time, and `{input}` is a pipe");
        return Err(Failure::usage(what, "write the heatmaps to a file, which may be compressed"));
    }
    signals::watch();
    let silent = Verbosity { is_quiet: true, is_verbose: false, progress: When::Never };
    let reporter = Reporter::new(&plan, silent, Some(1));
    let mut found: Option<Decoded> = None;
    let inputs = Box::new(plan.inputs.iter().cloned());
    deliver::decode::<Failure>(&plan, inputs, &reporter, &mut |decoded| {
        found = Some(decoded);
        Ok(())
    })?;
    // Why it could not be decoded has been printed.
    let Some(decoded) = found.filter(|found| found.record.error.is_none()) else {
        return Ok(Exit::Unreadable);
    };
    let landmark = decoded.landmarks.iter().find(|landmark| landmark.n == args.sample);
    let Some(landmark) = landmark else {
        let what = format!("there is no sample {}: `{input}` has {}", args.sample, decoded.record.samples);
        return Err(Failure::usage(what, "samples are counted from 0"));
    };
    let mut slicer = Slicer::open(&plan, input, None)?;
    let view = View { convention: args.convention.convention(), field: None, most: 61 };
    let cuts = sheet::cuts(input, &landmark, &mut slicer, view)?;
    let mut text = shown::text(&sheet::title(&plan, &decoded.record, &landmark)).to_string();
    text.push('\n');
    for cut in &cuts {
        let [left, right, above, below] = cut.plane.letters;
        let name = cut.plane.name;
        let _ = writeln!(text, "{name}: left {left}, right {right}, top {above}, bottom {below}");
    }
    if !cuts.is_empty() {
        text.push_str(&picture(&cuts, &landmark, args.form(), args.columns.into())?);
    }
    let mut out = stdout::open(None)?;
    stdout::check(out.write_all(text.as_bytes()).and_then(|()| out.flush()), None)?;
    Ok(Exit::Done)
}

/// The slices side by side, as the terminal takes them.
fn picture(cuts: &[Cut], landmark: &Landmark, form: Form, columns: usize) -> Result<String, Failure> {
    let (cell, gap, size) = match form {
        Form::Kitty => (260, 6, 8),
        Form::Blocks => ((columns - 2) / 3, 1, 2),
    };
    let tall = |extent: [f64; 2]| (cell as f64 * extent[1] / extent[0].max(extent[1])).ceil() as usize;
    let height = cuts.iter().map(|cut| tall(cut.plane.extent())).max().unwrap_or(cell);
    let width = cuts.len() * (cell + gap) - gap;
    let mut canvas = Canvas::new(width, height.next_multiple_of(2), [0; 3]);
    for (at, cut) in cuts.iter().enumerate() {
        let frame = Frame(at * (cell + gap), 0, cell, height);
        sheet::slice(&mut canvas, cuts, cut, landmark, frame, size);
    }
    match form {
        Form::Kitty => kitty(&canvas),
        Form::Blocks => Ok(blocks(&canvas)),
    }
}

/// The run that `decode` would make of the same options.
fn decode_args(args: &ShowArgs) -> Result<DecodeArgs, Failure> {
    let parsed = Cli::try_parse_from(["softargmax", "decode", "--coords", "voxel", "-q", "-"]);
    let Ok(Cli { command: Command::Decode(decode) }) = parsed else {
        return Err(Failure::defect("the options of decode have changed"));
    };
    let mut decode = *decode;
    decode.inputs = vec![args.input.clone()];
    decode.reading = args.reading.clone();
    (decode.method, decode.temperature) = (args.method, args.temperature);
    decode.study.channels = Some(ChannelList(vec![(args.channel, Some(args.channel))]));
    Ok(decode)
}

/// The picture by the graphics protocol of kitty: a PNG in pieces of base64.
fn kitty(canvas: &Canvas) -> Result<String, Failure> {
    let mut bands = Bands::new(canvas.width, canvas.height());
    bands.add(canvas).map_err(Failure::defect)?;
    let whole = STANDARD.encode(bands.finish().map_err(Failure::defect)?);
    let pieces: Vec<&[u8]> = whole.as_bytes().chunks(4096).collect();
    let mut text = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let more = u8::from(at + 1 < pieces.len());
        let keys = if at == 0 { format!("a=T,f=100,m={more}") } else { format!("m={more}") };
        let _ = write!(text, "\x1b_G{keys};{}\x1b\\", String::from_utf8_lossy(piece));
    }
    text.push('\n');
    Ok(text)
}

/// The picture in half blocks: each letter is two pixels, one above the other.
fn blocks(canvas: &Canvas) -> String {
    let mut text = String::new();
    for pair in canvas.pixels.chunks(2 * canvas.width) {
        let (above, below) = pair.split_at(canvas.width.min(pair.len()));
        for (at, [r, g, b]) in above.iter().enumerate() {
            let [under_r, under_g, under_b] = below.get(at).copied().unwrap_or_default();
            let _ = write!(text, "\x1b[38;2;{r};{g};{b};48;2;{under_r};{under_g};{under_b}m▀");
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_blocks_by_hand() {
        let canvas = Canvas { width: 1, pixels: vec![[1, 2, 3], [4, 5, 6], [7, 8, 9]] };
        let expected = "\x1b[38;2;1;2;3;48;2;4;5;6m▀\x1b[0m\n\x1b[38;2;7;8;9;48;2;0;0;0m▀\x1b[0m\n";
        assert_eq!(blocks(&canvas), expected);
    }

    #[test]
    fn a_picture_for_kitty_is_cut_into_pieces() {
        // Noise, which cannot be compressed.
        let mut state = 1_u32;
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let pixels = (0..4000).map(|_| [byte(), byte(), byte()]).collect();
        let text = kitty(&Canvas { width: 100, pixels }).unwrap();
        assert!(text.starts_with("\x1b_Ga=T,f=100,m=1;iVBORw0KGgo"));
        let pieces: Vec<&str> = text.trim_end().split("\x1b\\").filter(|piece| !piece.is_empty()).collect();
        assert!(pieces.len() > 2 && pieces[1].starts_with("\x1b_Gm=1;"));
        assert!(pieces[pieces.len() - 1].starts_with("\x1b_Gm=0;"));
        assert!(pieces.iter().all(|piece| piece.len() <= 4096 + 24));
    }
}

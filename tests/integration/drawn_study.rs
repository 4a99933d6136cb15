//! A study as people have it, with all that such a tree holds beside heatmaps: one line decodes it into one
//! table, also if it is killed on the way.

#![cfg(unix)]

use crate::support::{Folder, Nifti, Noise, Ran, Row, f4, gzip, has, rows};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SUBJECTS: usize = 60;
const SESSIONS: usize = 3;
const DIMS: [i16; 4] = [9, 10, 8, 2];
const RECORD: &str = ".landmarks.csv.softargmax-resume";

/// The line of docs/batches.md, without the name of the program and of the study.
const LINE: [&str; 11] = [
    "decode",
    "--include",
    "*_heatmap.nii.gz",
    "--path-regex",
    "sub-(?<sub>[^_/]+)/ses-(?<ses>[^_/]+)",
    "--method",
    "auto",
    "--coords",
    "world",
    "study",
    "--threads=1",
];

/// Two Gaussian peaks anywhere, in a little noise.
fn heatmap(noise: &mut Noise) -> Vec<u8> {
    let mut values = Vec::new();
    for _ in 0..DIMS[3] {
        let center = [4.0, 4.5, 3.5].map(|middle| middle + 1.5 * noise.next());
        for d in 0..DIMS[2] {
            for w in 0..DIMS[1] {
                for h in 0..DIMS[0] {
                    let offset = [f64::from(h), f64::from(w), f64::from(d)];
                    let square: f64 = (0..3).map(|axis| (offset[axis] - center[axis]).powi(2)).sum();
                    values.push((-square / 4.0).exp() as f32 + 0.005 * noise.next() as f32);
                }
            }
        }
    }
    gzip(&Nifti::new(&DIMS, &f4(&values)).bytes())
}

struct Study {
    folder: Folder,
    /// Who may read everything cannot be kept from a directory: then the program runs as somebody else.
    as_nobody: Option<PathBuf>,
}

/// The path of a session, and the beginning of the names in it.
fn session(sub: usize, ses: usize) -> (String, String) {
    (format!("study/sub-{sub:02}/ses-{ses}/anat"), format!("sub-{sub:02}_ses-{ses}"))
}

fn path(sub: usize, ses: usize) -> String {
    let (directory, name) = session(sub, ses);
    format!("{directory}/{name}_heatmap.nii.gz")
}

const ANNEXED: (usize, usize) = (7, 2);
const TRUNCATED: (usize, usize) = (23, 1);
const UNREACHABLE: &str = "study/sub-41/ses-3";

fn draw(seed: u64) -> Study {
    let (folder, mut noise) = (Folder::new(), Noise::new(seed));
    let t1w = gzip(&Nifti::new(&DIMS[..3], &f4(&noise.f32s(720))).bytes());
    for (sub, ses) in (1..=SUBJECTS).flat_map(|sub| (1..=SESSIONS).map(move |ses| (sub, ses))) {
        let (directory, name) = session(sub, ses);
        let bytes = heatmap(&mut noise);
        let file = path(sub, ses);
        folder.write(format!("{directory}/{name}_T1w.nii.gz"), &t1w);
        folder.write(format!("{directory}/._{name}_heatmap.nii.gz"), b"\0\x05\x16\x07");
        folder.write(format!("study/__MACOSX/{file}"), b"\0\x05\x16\x07");
        if (sub, ses) == ANNEXED {
            let key = "SHA256E-s1--0_heatmap.nii.gz";
            folder.write("away/content", &bytes);
            symlink(format!("../../../.git/annex/objects/Zz/0q/{key}/{key}"), folder.join(&file)).unwrap();
        } else if (sub, ses) == TRUNCATED {
            folder.write("away/whole", &bytes);
            folder.write(&file, &bytes[..bytes.len() / 2]);
        } else {
            folder.write(&file, &bytes);
        }
    }
    folder.write("study/dataset_description.json", b"{}");
    folder.write("study/.git/annex/objects/x_heatmap.nii.gz", b"another version");
    permit(&folder.join(UNREACHABLE), 0);
    let as_nobody = std::fs::read_dir(folder.join(UNREACHABLE)).is_ok().then(|| {
        let copy = folder.join("softargmax");
        std::fs::copy(env!("CARGO_BIN_EXE_softargmax"), &copy).unwrap();
        permit(folder.path(), 0o777);
        copy
    });
    Study { folder, as_nobody }
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

impl Study {
    fn command(&self, more: &[&str]) -> Command {
        const NOBODY: u32 = 65534;
        let program = Path::new(env!("CARGO_BIN_EXE_softargmax"));
        let mut command = Command::new(self.as_nobody.as_deref().unwrap_or(program));
        if self.as_nobody.is_some() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.args(LINE).args(more).current_dir(self.folder.path()).env_remove("SOFTARGMAX_SIMD");
        command
    }

    fn run(&self, more: &[&str]) -> Ran {
        let out = self.command(more).output().unwrap();
        let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
        Ran { code: out.status.code(), stdout: out.stdout, stderr }
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).unwrap()
    }

    /// How many inputs the record knows.
    fn done(&self) -> usize {
        let record = std::fs::read(self.folder.join(RECORD)).unwrap_or_default();
        String::from_utf8_lossy(&record).matches("\"statuses\"").count()
    }

    /// Starts the line, and ends it once more than `count` inputs are done. False if it was done before that.
    fn killed(&self, signal: &str, count: usize) -> bool {
        let mut command = self.command(&["-q", "-o", "landmarks.csv", "--resume"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while self.done() <= count && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        end(&mut child, signal) && !self.folder.join("landmarks.csv").exists()
    }
}

/// Whether it was still running.
fn end(child: &mut Child, signal: &str) -> bool {
    // If it has ended there is nobody to tell.
    let _ = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status();
    matches!(child.wait().unwrap().code(), None | Some(143))
}

fn statuses(rows: &[Row]) -> Vec<(&str, &str)> {
    let unreadable = rows.iter().filter(|row| row["status"] == "unreadable");
    unreadable.map(|row| (row["file"].as_str(), row["sub"].as_str())).collect()
}

#[test]
fn one_line_decodes_it_however_often_it_is_killed() {
    let study = draw(41);
    if !has("another-user", study.command(&["--dry-run"]).output().is_ok()) {
        return;
    }
    let good = study.run(&["-o", "good.csv"]).expect(3);
    good.says(&["177 of 180 inputs decoded, 3 unreadable", "hidden files"]);
    for attempt in 0.. {
        // A busy machine may let a run end before it is told to.
        if study.killed("-KILL", 40) && study.killed("-TERM", 100) {
            break;
        }
        assert!(attempt < 5, "no run was killed in its middle");
        let _ = std::fs::remove_file(study.folder.join("landmarks.csv"));
        std::fs::remove_file(study.folder.join(RECORD)).unwrap();
    }
    let ran = study.run(&["-o", "landmarks.csv", "--resume"]).expect(3);
    let before: usize = number_before(&ran.stderr, " done before");
    assert!((90..177).contains(&before), "{}", ran.stderr);
    assert!(study.read("landmarks.csv") == study.read("good.csv"), "the bytes of an undisturbed run");
    check_rows(&rows(&study.read("landmarks.csv"), b','));
    mended(&study);
}

fn number_before(text: &str, words: &str) -> usize {
    let before = text.split(words).next().unwrap();
    before.rsplit(|letter: char| !letter.is_ascii_digit()).next().unwrap().parse().unwrap()
}

fn check_rows(rows: &[Row]) {
    assert_eq!(rows.len(), 2 * 177 + 3);
    let (annexed, truncated) = (path(ANNEXED.0, ANNEXED.1), path(TRUNCATED.0, TRUNCATED.1));
    assert_eq!(statuses(rows), [(annexed.as_str(), "07"), (truncated.as_str(), "23"), (UNREACHABLE, "41")]);
    for row in rows {
        let (sub, ses) = (&row["sub"], &row["ses"]);
        assert!(row["file"].starts_with(&format!("study/sub-{sub}/ses-{ses}")), "{row:?}");
    }
    let files = rows.iter().map(|row| row["file"].clone()).collect::<Vec<_>>();
    assert!(files.is_sorted());
}

/// What was missing comes, and only that is decoded.
fn mended(study: &Study) {
    let folder = &study.folder;
    permit(&folder.join(UNREACHABLE), 0o755);
    let annexed = folder.join(path(ANNEXED.0, ANNEXED.1));
    std::fs::remove_file(&annexed).unwrap();
    std::fs::copy(folder.join("away/content"), &annexed).unwrap();
    std::fs::copy(folder.join("away/whole"), folder.join(path(TRUNCATED.0, TRUNCATED.1))).unwrap();
    let ran = study.run(&["-o", "landmarks.csv", "--resume"]).expect(0);
    ran.says(&["3 of 180 inputs decoded, 177 done before"]);
    study.run(&["-o", "good.csv"]).expect(0);
    assert!(study.read("landmarks.csv") == study.read("good.csv"), "the bytes of an undisturbed run");
    // And the disk goes again: nothing is lost.
    permit(&folder.join(UNREACHABLE), 0);
    let ran = study.run(&["-o", "landmarks.csv", "--resume"]).expect(3);
    ran.says(&["the rows of `study/sub-41/ses-3/anat/sub-41_ses-3_heatmap.nii.gz` stay"]);
    permit(&folder.join(UNREACHABLE), 0o755);
    let lost = rows(&study.read("landmarks.csv"), b',');
    assert_eq!(lost.len(), 2 * 180 + 1);
}

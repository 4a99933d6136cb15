//! Directories as people have them: which files are taken, and that nothing is left out without a word.

use crate::support::{Folder, Nifti, Ran, f4, gzip, npy_f4};

/// A heatmap of three voxels.
fn heatmap() -> Vec<u8> {
    npy_f4(&[1, 1, 3], &[0.0, 0.0, 30.0])
}

/// A single file of NIfTI with two voxels.
fn volume() -> Nifti {
    Nifti::new(&[2, 1, 1], &f4(&[0.0, 30.0]))
}

/// What a Mac writes beside a file on a foreign disk: its magic, and attributes.
fn apple_double() -> Vec<u8> {
    [b"\0\x05\x16\x07\0\x02\0\0Mac OS X        ", &[0; 300][..]].concat()
}

fn folder(names: &[&str]) -> Folder {
    let folder = Folder::new();
    for name in names {
        folder.write(name, &heatmap());
    }
    folder
}

fn files(ran: &Ran) -> Vec<String> {
    ran.rows().iter().map(|row| row["file"].clone()).collect()
}

/// The lines of standard error that begin so.
fn lines(ran: &Ran, start: &str) -> Vec<String> {
    ran.stderr.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
}

/// The inputs of a run over the directory `d`, and what it says was left out.
#[track_caller]
fn taken(folder: &Folder, args: &[&str]) -> (Vec<String>, String) {
    let ran = folder.program(["decode", "d"]).args(args).run().expect(0);
    (files(&ran), lines(&ran, "left out: ").join("\n"))
}

// --- hidden ----------------------------------------------------------------------------------------

const TREE: [&str; 7] = [
    "d/a.npy",
    "d/.b.npy",
    "d/._a.npy",
    "d/.git/annex/objects/K/K.npy",
    "d/__MACOSX/._a.npy",
    "d/sub/.c.npy",
    "d/sub/e.npy",
];

#[test]
fn hidden_files_and_directories_are_left_out_and_counted() {
    let folder = folder(&TREE);
    folder.write("d/.notes", b"no input, and not counted");
    let (files, told) = taken(&folder, &[]);
    assert_eq!(files, ["d/a.npy", "d/sub/e.npy"]);
    assert_eq!(told, "left out: 3 hidden files and 2 hidden directories (`--hidden` takes them)");
    assert_eq!(taken(&folder, &["--quiet"]).1, "");
    let (files, told) = taken(&folder, &["--hidden"]);
    assert_eq!(files.len(), 7);
    assert_eq!(told, "");
    // One array says how many it holds.
    let ran = folder.program(["decode", "d", "--format", "npy", "-o", "x.npy"]).run().expect(0);
    assert_eq!(lines(&ran, "left out: ").len(), 1);
    assert_eq!(crate::support::read_npy_f8(&std::fs::read(folder.join("x.npy")).unwrap()).0, [2, 1, 3]);
}

#[test]
fn what_is_left_out_is_listed_where_that_is_asked_for() {
    let folder = folder(&TREE);
    let expected = [
        "left out: `d/._a.npy`: a hidden file",
        "left out: `d/.b.npy`: a hidden file",
        "left out: `d/.git`: a hidden directory",
        "left out: `d/__MACOSX`: a hidden directory",
        "left out: `d/sub/.c.npy`: a hidden file",
        "left out: 3 hidden files and 2 hidden directories (`--hidden` takes them)",
    ];
    for args in [&["-v"][..], &["--dry-run"], &["--dry-run", "--verbose"]] {
        let ran = folder.program(["decode", "d"]).args(args).run().expect(0);
        assert_eq!(lines(&ran, "left out: "), expected, "{args:?}");
    }
    let ran = folder.program(["decode", "d", "--dry-run", "--quiet"]).run().expect(0);
    assert_eq!(ran.stderr, "");
}

/// A path that is named is taken, whatever it is called.
#[test]
fn what_is_named_is_taken() {
    let folder = folder(&TREE);
    let args = ["decode", "d/.b.npy", "d/.git", "d/__MACOSX/._a.npy", "d/.git/annex/objects"];
    let ran = folder.program(args).run().expect(0);
    let annex = "d/.git/annex/objects/K/K.npy";
    assert_eq!(files(&ran), ["d/.b.npy", annex, "d/__MACOSX/._a.npy", annex]);
    folder.write("list", b"d/.b.npy\n");
    let ran = folder.program(["decode", "--files-from", "list"]).run().expect(0);
    assert_eq!(files(&ran), ["d/.b.npy"]);
}

#[test]
fn a_directory_with_hidden_files_alone_says_so() {
    let folder = folder(&["d/.a.npy", "d/.b/c.npy"]);
    let ran = folder.program(["decode", "d"]).run().expect(2);
    ran.says(&[
        "no inputs in the directory `d`",
        "left out: 1 hidden file and 1 hidden directory (`--hidden`",
    ]);
}

#[test]
fn a_mac_s_second_files_are_no_unreadable_inputs() {
    let folder = Folder::new();
    folder.write("d/s.nii.gz", &gzip(&volume().bytes()));
    folder.write("d/._s.nii.gz", &apple_double());
    folder.write("d/__MACOSX/._s.nii.gz", &apple_double());
    let (files, told) = taken(&folder, &[]);
    assert_eq!(files, ["d/s.nii.gz"]);
    assert_eq!(told, "left out: 1 hidden file and 1 hidden directory (`--hidden` takes them)");
    folder.program(["decode", "d", "--hidden"]).run().expect(3);
}

/// A scan of a `DataLad` dataset is a link to where git-annex keeps it, and so is there twice.
#[cfg(unix)]
#[test]
fn a_scan_of_git_annex_is_decoded_once() {
    let folder = folder(&["d/.git/annex/objects/Xq/9p/K.npy/K.npy"]);
    std::fs::create_dir(folder.join("d/sub-01")).unwrap();
    let target = "../.git/annex/objects/Xq/9p/K.npy/K.npy";
    std::os::unix::fs::symlink(target, folder.join("d/sub-01/prob.npy")).unwrap();
    assert_eq!(taken(&folder, &[]).0, ["d/sub-01/prob.npy"]);
}

#[test]
fn outputs_of_a_run_are_left_out_and_counted() {
    let folder = folder(&["d/a.npy", "d/stray/b.npy"]);
    folder.program(["decode", "d/a.npy", "--format", "npy", "--output-dir", "d/out"]).run().expect(0);
    folder.write("d/stray/.softargmax-resume", b"");
    let (files, told) = taken(&folder, &["-v"]);
    assert_eq!(files, ["d/a.npy"]);
    let lists: Vec<&str> = told.lines().collect();
    assert_eq!(
        lists,
        [
            "left out: `d/out`: a directory with the outputs of a run",
            "left out: `d/stray`: a directory with the outputs of a run",
            "left out: 2 directories with outputs of a run",
        ]
    );
    // Its own directory is one of them.
    let (_, told) = taken(&folder, &["--format", "npy", "--output-dir", "d/out"]);
    assert_eq!(told, "left out: 2 directories with outputs of a run");
    let ran = folder.program(["decode", "d/stray"]).run().expect(0);
    assert_eq!(self::files(&ran), ["d/stray/b.npy"]);
}

// --- patterns --------------------------------------------------------------------------------------

#[test]
fn include_and_exclude_match_names_and_paths() {
    let folder =
        folder(&["d/a_prob.npy", "d/a_mask.npy", "d/x/b_prob.npy", "d/x/y/c_prob.npy", "d/z/x/e.npy"]);
    for (args, expected) in [
        (&["--include", "*_prob.npy"][..], &["a_prob.npy", "x/b_prob.npy", "x/y/c_prob.npy"][..]),
        (&["--include", "x/*"], &["x/b_prob.npy"]),
        (&["--include", "x/**"], &["x/b_prob.npy", "x/y/c_prob.npy"]),
        (&["--include", "**/x/*"], &["x/b_prob.npy", "z/x/e.npy"]),
        (
            &["--include", "[ab]_*", "--include", "e.*"],
            &["a_mask.npy", "a_prob.npy", "x/b_prob.npy", "z/x/e.npy"],
        ),
        (&["--include", "*_prob.npy", "--exclude", "b*"], &["a_prob.npy", "x/y/c_prob.npy"]),
        // A directory is left out with all that is in it: by its name anywhere, by its path there alone.
        (&["--exclude", "x"], &["a_mask.npy", "a_prob.npy"]),
        (&["--exclude", "x/"], &["a_mask.npy", "a_prob.npy", "z/x/e.npy"]),
        (&["--exclude", "z/x"], &["a_mask.npy", "a_prob.npy", "x/b_prob.npy", "x/y/c_prob.npy"]),
        (&["--exclude", "*/*/*"], &["a_mask.npy", "a_prob.npy", "x/b_prob.npy"]),
        // As in a shell, letter case counts and a comma does not separate.
        (&["--include", "{a,b}_prob.npy"], &["a_prob.npy", "x/b_prob.npy"]),
    ] {
        let found = taken(&folder, args).0;
        assert_eq!(found, expected.iter().map(|name| format!("d/{name}")).collect::<Vec<_>>(), "{args:?}");
    }
    // The path is that below the directory, however that was named.
    let ran = folder.program(["decode", "./d/x/../x", "d/z", "--include", "*/*"]).run().expect(0);
    assert_eq!(files(&ran), ["./d/x/../x/y/c_prob.npy", "d/z/x/e.npy"]);
    // What is named is taken.
    let ran = folder.program(["decode", "d/a_mask.npy", "d", "--include", "e.npy"]).run().expect(0);
    assert_eq!(files(&ran), ["d/a_mask.npy", "d/z/x/e.npy"]);
}

#[test]
fn what_patterns_leave_out_is_counted() {
    let folder = folder(&["d/a.npy", "d/b.npy", "d/c.npy", "d/x/e.npy", "d/.h.npy"]);
    let (files, told) = taken(&folder, &["--include", "[ab].npy", "--exclude", "[bx]*", "-v"]);
    assert_eq!(files, ["d/a.npy"]);
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        [
            "left out: `d/.h.npy`: a hidden file",
            "left out: `d/b.npy`: a pattern of `--exclude` matches",
            "left out: `d/c.npy`: no pattern of `--include` matches",
            "left out: `d/x`: a pattern of `--exclude` matches",
            "left out: 1 hidden file (`--hidden` takes them), 1 file by `--include`, 1 file and 1 directory \
             by `--exclude`",
        ]
    );
}

#[test]
fn a_pattern_that_matches_nothing_is_a_warning() {
    let folder = folder(&["d/a.npy", "d/b.npy", "e/c.npy"]);
    let args = ["decode", "d", "e", "--include", "[abc].npy", "--exclude", "z*", "--exclude", "a.npy"];
    let ran = folder.program(args).run().expect(0);
    assert_eq!(lines(&ran, "warning: "), ["warning: `--exclude z*` matched nothing"]);
    ran.says(&["\n  hint: a pattern without `/` is matched against names in directories\n"]);
    let ran = folder.program(["decode", "d", "--exclude", "d/a.npy"]).run().expect(0);
    ran.says(&[
        "warning: `--exclude d/a.npy` matched nothing\n  hint: a pattern with `/` is matched against the \
                path below the directory that was named",
    ]);
    let ran = folder.program(["decode", "d/a.npy", "--include", "a*"]).run().expect(0);
    ran.says(&["warning: `--include a*` matched nothing"]);
    let ran = folder.program(["decode", "d", "--exclude", "z", "--quiet"]).run().expect(0);
    assert_eq!(ran.stderr, "");
    // If nothing is left, there is nothing to do.
    let ran = folder.program(["decode", "d", "--include", "*.nii"]).run().expect(2);
    ran.says(&["no inputs in the directory `d`", "hint: left out: 2 files by `--include`; a directory is"]);
}

/// Either name of a pair stands for both of its files.
#[test]
fn a_pair_is_matched_by_either_name() {
    let folder = folder(&["d/a.npy"]);
    let pair = volume().with(344, b"ni1\0").with(108, &f4(&[0.0]));
    folder.write("d/p.hdr", &pair.header);
    folder.write("d/p.img", &pair.values);
    for args in [["--include", "*.img"], ["--include", "*.hdr"], ["--include", "p.*"], ["--exclude", "a*"]] {
        assert_eq!(taken(&folder, &args).0, ["d/p.hdr"], "{args:?}");
    }
    for args in [["--exclude", "*.img"], ["--exclude", "*.hdr"], ["--exclude", "p*"]] {
        let (files, told) = taken(&folder, &args);
        assert_eq!(files, ["d/a.npy"], "{args:?}");
        assert_eq!(told, "left out: 1 file by `--exclude`");
    }
}

#[test]
fn info_searches_directories_as_decode_does() {
    let folder = folder(&TREE);
    let ran = folder.program(["info", "d", "--exclude", "sub"]).run().expect(0);
    assert_eq!(ran.text().matches(".npy").count(), 1, "{}", ran.text());
    ran.says(&["left out: 2 hidden files and 2 hidden directories (`--hidden` takes them), 1 directory by"]);
    assert_eq!(folder.program(["info", "d", "--hidden"]).run().expect(0).stderr, "");
}

/// Outputs go where the search does not: what it would leave out there is no input.
#[test]
fn an_output_directory_holds_no_input_that_is_left_out() {
    let folder = folder(&["d/a.npy", "d/out/.h.npy", "d/out/b.npy"]);
    let run = |args: &[&str]| folder.program(["decode", "d", "--output-dir", "d/out"]).args(args).run();
    run(&[]).expect(2).says(&["the output directory holds the input `", "out/b.npy`"]);
    run(&["--exclude", "out/b*", "--hidden"]).expect(2).says(&["out/.h.npy`"]);
    run(&["--exclude", "out/b*"]).expect(0);
}

// --- what is not there -----------------------------------------------------------------------------

/// A directory whose path is longer than the system takes cannot be listed: what is in it is missing, and
/// that shows.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_listed_is_an_unreadable_input() {
    let folder = folder(&["d/a.npy", "d/z.npy"]);
    // 4096 bytes is the most of a path; two directories that are not too deep are too deep together.
    let part: std::path::PathBuf = std::iter::repeat_n("0".repeat(200), 11).collect();
    for name in ["d", "e"] {
        std::fs::create_dir_all(folder.join(name).join(&part)).unwrap();
    }
    std::fs::rename(folder.join("e"), folder.join("d").join(&part).join("e")).unwrap();
    for format in ["csv", "npy"] {
        let ran = folder.program(["decode", "d", "--format", format]).run().expect(3);
        ran.says(&[
            "000`\n  caused by: failed to list the directory to its end: File name too long",
            "hint: files in it",
        ]);
        if format == "csv" {
            let rows = ran.rows();
            let statuses: Vec<&str> = rows.iter().map(|row| row["status"].as_str()).collect();
            assert_eq!(statuses, ["unreadable", "ok", "ok"]);
            assert!(rows[0]["reason"].contains("File name too long") && rows[0]["file"].ends_with("000"));
        }
    }
    let ran = folder.program(["decode", "d", "--dry-run"]).run().expect(3);
    assert!(ran.text().contains("unreadable: failed to list the directory"), "{}", ran.text());
    folder.program(["decode", "d", "--max-failures", "1"]).run().expect(0);
}

#[cfg(unix)]
#[test]
fn content_that_was_not_fetched_is_named() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["d/a.npy"]);
    symlink("../.git/annex/objects/Xq/9p/K.npy/K.npy", folder.join("d/annex.npy")).unwrap();
    symlink("nowhere.npy", folder.join("d/dead.npy")).unwrap();
    folder.write("d/pointer.nii.gz", b"/annex/objects/MD5E-s1--abc.nii.gz\n");
    folder.write("d/text.npy", b"../.git/annex/objects/Xq/9p/K.npy/K.npy");
    folder.write("d/lfs.npy", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
    let pair = volume().with(344, b"ni1\0").with(108, &f4(&[0.0]));
    folder.write("d/pair.hdr", &pair.header);
    symlink(".git/annex/objects/K/K", folder.join("d/pair.img")).unwrap();
    let ran = folder.program(["decode", "d"]).run().expect(3);
    // What was expected is a list of formats.
    let found = |reason: &str| reason.rsplit(", found ").next().unwrap().to_owned();
    let rows = ran.rows();
    let reasons: Vec<(&str, String)> =
        rows.iter().map(|row| (row["file"].trim_start_matches("d/"), found(&row["reason"]))).collect();
    let pointer = "a pointer of git-annex: the content is not there";
    assert_eq!(
        reasons,
        [
            ("a.npy", ""),
            (
                "annex.npy",
                "the content is not there: it is a link into git-annex, \
                 `../.git/annex/objects/Xq/9p/K.npy/K.npy`"
            ),
            ("dead.npy", "no such file: it is a link to `nowhere.npy`, which is not there"),
            ("lfs.npy", "a pointer of Git LFS: the content is not there"),
            (
                "pair.hdr",
                "failed to read the other file of the pair, `d/pair.img`: the content is not there: it is a \
                 link into git-annex, `.git/annex/objects/K/K`"
            ),
            ("pointer.nii.gz", pointer),
            ("text.npy", pointer),
        ]
        .map(|(file, reason)| (file, reason.to_owned()))
    );
    ran.says(&["hint: `git lfs pull` fetches it"]);
    assert_eq!(ran.stderr.matches("hint: `git annex get FILE` or `datalad get FILE` fetches it").count(), 4);
    // A name that is nowhere at all is what it was.
    folder.program(["decode", "none.npy"]).run().expect(3).says(&["caused by: no such file\n"]);
}

//! Studies: folders of files that should be alike, and what is said of those that are not.

use crate::support::{Folder, Ran, npy_f4, read_npy_f8};

/// A heatmap of three voxels for each channel, whose largest is the last.
fn heatmaps(channels: usize) -> Vec<u8> {
    npy_f4(&[1, channels, 3, 1, 1], &[0.0, 0.0, 30.0].repeat(channels))
}

fn folder(files: &[(&str, usize)]) -> Folder {
    let folder = Folder::new();
    for &(name, channels) in files {
        folder.write(name, &heatmaps(channels));
    }
    folder
}

/// One column of the rows.
fn column(ran: &Ran, name: &str) -> Vec<String> {
    ran.rows().iter().map(|row| row[name].clone()).collect()
}

// --- --expect-channels -----------------------------------------------------------------------------

#[test]
fn another_number_of_channels_is_unreadable_and_costs_no_other_its_rows() {
    let folder = folder(&[("s/a.npy", 2), ("s/b.npy", 3), ("s/c.npy", 2)]);
    let ran = folder.program(["decode", "s", "--expect-channels", "2"]).run().expect(3);
    assert_eq!(column(&ran, "file"), ["s/a.npy", "s/a.npy", "s/b.npy", "s/c.npy", "s/c.npy"]);
    assert_eq!(column(&ran, "status"), ["ok", "ok", "unreadable", "ok", "ok"]);
    assert_eq!(column(&ran, "reason")[2], "expected 2 channels, found 3");
    ran.says(&[
        "error: failed to decode `s/b.npy`",
        "expected 2 channels, found 3",
        "`--expect-channels` counts",
    ]);
    folder.program(["decode", "s", "--expect-channels", "2", "--max-failures", "1"]).run().expect(0);
    let one = folder.program(["decode", "s/a.npy", "--expect-channels", "1"]).run().expect(3);
    assert_eq!(column(&one, "reason"), ["expected 1 channel, found 2"]);
}

/// It counts what the file has, not what is decoded of it.
#[test]
fn the_channels_of_the_file_are_counted() {
    let folder = folder(&[("a.npy", 3)]);
    let args = ["decode", "a.npy", "--channels", "1", "--expect-channels"];
    assert_eq!(column(&folder.program(args).arg("3").run().expect(0), "c"), ["1"]);
    assert_eq!(column(&folder.program(args).arg("1").run().expect(3), "status"), ["unreadable"]);
    let dry = folder.program(["decode", "a.npy", "--dry-run", "--expect-channels", "4"]).run().expect(3);
    assert!(dry.text().contains("a.npy: unreadable: expected 4 channels, found 3"), "{}", dry.text());
}

/// In an array its samples have no answer; without the option the run is refused.
#[test]
fn in_an_array_it_has_no_answer() {
    let folder = folder(&[("a.npy", 2), ("b.npy", 3)]);
    let args = ["decode", "a.npy", "b.npy", "-o", "x.npy"];
    folder.program(args).run().expect(2);
    folder.program(args).args(["--expect-channels", "2"]).run().expect(3);
    let (shape, values) = read_npy_f8(&std::fs::read(folder.join("x.npy")).unwrap());
    assert_eq!(shape, [2, 2, 3]);
    assert_eq!(values[..6].iter().filter(|value| value.is_nan()).count(), 0);
    assert!(values[6..].iter().all(|value| value.is_nan()));
}

// --- --channels 1- ---------------------------------------------------------------------------------

#[test]
fn a_range_without_an_end_goes_to_the_last_channel_of_each_input() {
    let folder = folder(&[("a.npy", 2), ("b.npy", 4)]);
    let channels = |list: &str, code| {
        let ran = folder.program(["decode", "a.npy", "b.npy", "--channels", list]).run().expect(code);
        column(&ran, "c").join(" ")
    };
    assert_eq!(channels("1-", 0), "1 1 2 3");
    assert_eq!(channels("0-", 0), "0 1 0 1 2 3");
    assert_eq!(channels("0,1-", 0), "0 1 0 1 2 3");
    // The first input has no channel 3 and one row without a channel.
    assert_eq!(channels("0,3-", 3), " 0 3");
    let beyond = folder.program(["decode", "a.npy", "--channels", "2-"]).run().expect(3);
    assert_eq!(column(&beyond, "reason"), ["there is no channel 2: the file has 2 channels"]);
    let json = folder.program(["decode", "a.npy", "--channels", "0,1-", "--format", "json"]).run().expect(0);
    assert_eq!(json.json()["settings"]["channels"], "0-0,1-");
}

//! `softargmax argmax`: `torch.argmax` on an array of any rank. Answers are by hand, or by the definition
//! written out below.

use crate::support::{
    Folder, Noise, Program, Ran, assert_near, f4, f8, gzip, npy, npy_f4, read_npy_f8, read_npy_i8, zip,
};

/// 3 × 4, by hand.
const TABLE: [f32; 12] = [
    1.0, 5.0, 5.0, 0.0, //
    9.0, 2.0, 3.0, 9.0, //
    1.0, 7.0, 1.0, 9.0,
];

fn table() -> Folder {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[3, 4], &TABLE));
    folder
}

fn argmax(folder: &Folder, args: &[&str]) -> Ran {
    folder.program(["argmax", "a.npy"]).args(args).run().expect(0)
}

/// Shape and indices; a scalar is printed as text.
fn indices(folder: &Folder, args: &[&str]) -> (Vec<usize>, Vec<i64>) {
    read_npy_i8(&argmax(folder, args).stdout)
}

#[test]
fn flattened_without_dim() {
    assert_eq!(argmax(&table(), &[]).text(), "4\n");
}

#[test]
fn flattened_with_keepdim_has_one_element() {
    assert_eq!(indices(&table(), &["--keepdim"]), (vec![1, 1], vec![4]));
}

#[test]
fn along_each_dim() {
    assert_eq!(indices(&table(), &["--dim", "0"]), (vec![4], vec![1, 2, 0, 1]));
    assert_eq!(indices(&table(), &["--dim", "1"]), (vec![3], vec![1, 0, 3]));
}

#[test]
fn negative_dims_count_from_the_end() {
    assert_eq!(indices(&table(), &["--dim", "-1"]), indices(&table(), &["--dim", "1"]));
    assert_eq!(indices(&table(), &["--dim", "-2"]), indices(&table(), &["--dim", "0"]));
}

#[test]
fn keepdim_keeps_a_length_of_one() {
    assert_eq!(indices(&table(), &["--dim", "1", "--keepdim"]), (vec![3, 1], vec![1, 0, 3]));
    assert_eq!(indices(&table(), &["--dim", "0", "--keepdim"]), (vec![1, 4], vec![1, 2, 0, 1]));
}

#[test]
fn a_dim_out_of_range_is_a_usage_error() {
    for dim in ["2", "-3", "99"] {
        let out = table().program(["argmax", "a.npy", "--dim", dim]).run().expect(2);
        out.says(&["expected", dim, "hint:"]);
        assert!(out.stdout.is_empty());
    }
}

#[test]
fn the_first_maximum_wins_and_nan_is_the_maximum() {
    let folder = Folder::new();
    for (values, expected) in [
        ([2.0, 5.0, 5.0, 1.0], "1\n"),
        ([2.0, f32::NAN, 9.0, f32::NAN], "1\n"),
        ([f32::INFINITY, 1.0, f32::NAN, 2.0], "2\n"),
        ([f32::NEG_INFINITY; 4], "0\n"),
        ([-0.0, 0.0, -0.0, 0.0], "0\n"),
    ] {
        folder.write("a.npy", &npy_f4(&[4], &values));
        assert_eq!(argmax(&folder, &[]).text(), expected, "{values:?}");
        folder.write("a.npy", &npy("<f8", false, &[4], &f8(&values.map(f64::from))));
        assert_eq!(argmax(&folder, &[]).text(), expected, "f64 {values:?}");
    }
}

#[test]
fn an_empty_dim_is_an_error() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[3, 0], &[]));
    folder.program(["argmax", "a.npy"]).run().expect(3).says(&["expected", "found"]);
    folder.program(["argmax", "a.npy", "--dim", "1"]).run().expect(3).says(&["expected", "found"]);
    // The other dim has a length: there is an answer, of no elements.
    assert_eq!(indices(&folder, &["--dim", "0"]), (vec![0], vec![]));
}

#[test]
fn a_scalar_array_is_its_own_maximum() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[], &[7.0]));
    assert_eq!(argmax(&folder, &[]).text(), "0\n");
}

#[test]
fn a_vector_along_its_dim_is_a_scalar() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[3], &[0.0, 8.0, 1.0]));
    assert_eq!(argmax(&folder, &["--dim", "0"]).text(), "1\n");
    assert_eq!(indices(&folder, &["--dim", "0", "--keepdim"]), (vec![1], vec![1]));
}

/// Every dim of an array of rank 5, against the definition.
#[test]
fn every_dim_of_every_rank() {
    let folder = Folder::new();
    let mut noise = Noise::new(9);
    for shape in [&[7][..], &[3, 5], &[4, 1, 6], &[2, 3, 4, 5], &[2, 3, 2, 3, 4], &[1, 2, 1, 3, 2, 2]] {
        let count: usize = shape.iter().product();
        // Few distinct values: ties everywhere.
        let values: Vec<f32> = (0..count).map(|_| (noise.next() * 4.0).round() as f32).collect();
        folder.write("a.npy", &npy_f4(shape, &values));
        for dim in 0..shape.len() {
            let (outer, n) = (shape[..dim].iter().product::<usize>(), shape[dim]);
            let inner: usize = shape[dim + 1..].iter().product();
            let mut expected = Vec::new();
            for o in 0..outer {
                for i in 0..inner {
                    let value = |k: usize| values[(o * n + k) * inner + i];
                    let mut best = 0;
                    (1..n).for_each(|k| best = if value(k) > value(best) { k } else { best });
                    expected.push(best as i64);
                }
            }
            let mut kept = shape.to_vec();
            kept[dim] = 1;
            let args = ["--dim", &dim.to_string(), "--keepdim"];
            assert_eq!(indices(&folder, &args), (kept, expected), "{shape:?} dim {dim}");
        }
    }
}

/// Fortran order, big endian, gzip, npz, standard input: the same indices.
#[test]
fn containers_and_orders() {
    let folder = table();
    let expected = indices(&folder, &["--dim", "1"]);
    let transposed: Vec<f32> =
        (0..4).flat_map(|column| (0..3).map(move |row| TABLE[row * 4 + column])).collect();
    let big: Vec<u8> = TABLE.iter().flat_map(|value| value.to_be_bytes()).collect();
    let plain = npy_f4(&[3, 4], &TABLE);
    for bytes in [
        npy("<f4", true, &[3, 4], &f4(&transposed)),
        npy(">f4", false, &[3, 4], &big),
        gzip(&plain),
        zip(&[("a.npy", &plain)], ::zip::CompressionMethod::Deflated),
    ] {
        folder.write("a.npy", &bytes);
        assert_eq!(indices(&folder, &["--dim", "1"]), expected);
    }
    let out = Program::new(["argmax", "-", "--dim", "1"]).stdin(&plain).run().expect(0);
    assert_eq!(read_npy_i8(&out.stdout), expected);
}

#[test]
fn a_key_chooses_an_array() {
    let folder = Folder::new();
    let (a, b) = (npy_f4(&[2], &[1.0, 0.0]), npy_f4(&[2], &[0.0, 1.0]));
    folder.write("a.npy", &zip(&[("a.npy", &a), ("b.npy", &b)], ::zip::CompressionMethod::Stored));
    assert_eq!(argmax(&folder, &["--key", "b"]).text(), "1\n");
    folder.program(["argmax", "a.npy"]).run().expect(3).says(&["the archive holds 2 arrays", "--key"]);
}

/// 2^53 and 2^53 + 1 are the same f64.
#[test]
fn integers_are_compared_exactly() {
    let folder = Folder::new();
    let big = 1_i64 << 53;
    let values: Vec<u8> = [0, big, big + 1, -1].iter().flat_map(|value: &i64| value.to_le_bytes()).collect();
    folder.write("a.npy", &npy("<i8", false, &[4], &values));
    assert_eq!(argmax(&folder, &[]).text(), "2\n");
    let values: Vec<u8> = [u64::MAX - 1, u64::MAX, 5].iter().flat_map(|value| value.to_le_bytes()).collect();
    folder.write("a.npy", &npy("<u8", false, &[3], &values));
    assert_eq!(argmax(&folder, &[]).text(), "1\n");
}

#[test]
fn output_goes_to_a_file() {
    let folder = table();
    let out = argmax(&folder, &["--dim", "0", "--output", "out.npy"]);
    assert!(out.stdout.is_empty());
    let bytes = std::fs::read(folder.join("out.npy")).unwrap();
    assert_eq!(read_npy_i8(&bytes), (vec![4], vec![1, 2, 0, 1]));
}

#[test]
fn a_scalar_is_always_printed() {
    let folder = table();
    assert_eq!(argmax(&folder, &["-o", "out.npy"]).text(), "4\n");
}

#[test]
fn unreadable_input_is_exit_3() {
    let folder = Folder::new();
    folder.write("bad.npy", b"nothing");
    folder.program(["argmax", "bad.npy"]).run().expect(3).says(&["bad.npy", "expected", "found"]);
    folder.program(["argmax", "none.npy"]).run().expect(3).says(&["none.npy"]);
}

/// Weights 1 and 3: 3/4. Temperature 1/2 squares them: 9/10.
#[test]
fn soft_by_hand() {
    let folder = Folder::new();
    folder.write("a.npy", &npy("<f8", false, &[2, 2], &f8(&[0.0, 3.0_f64.ln(), 5.0, 5.0])));
    let (shape, numbers) = read_npy_f8(&argmax(&folder, &["--soft", "--dim", "1"]).stdout);
    assert_eq!(shape, [2]);
    assert_near(numbers[0], 0.75, 1e-9, "soft");
    assert_near(numbers[1], 0.5, 1e-9, "equal");
    let (_, numbers) =
        read_npy_f8(&argmax(&folder, &["--soft", "--dim", "1", "--temperature", "0.5"]).stdout);
    assert_near(numbers[0], 0.9, 1e-9, "T = 1/2");
    let (shape, _) = read_npy_f8(&argmax(&folder, &["--soft", "--dim", "0", "--keepdim"]).stdout);
    assert_eq!(shape, [1, 2]);
}

#[test]
fn soft_of_the_flattened_array_is_a_scalar() {
    let folder = Folder::new();
    folder.write("a.npy", &npy("<f8", false, &[2, 2], &f8(&[1.0; 4])));
    let out = argmax(&folder, &["--soft"]).text();
    assert_near(out.trim().parse().unwrap(), 1.5, 1e-9, "the mean index");
}

#[test]
fn temperature_needs_soft() {
    table().program(["argmax", "a.npy", "--temperature", "2"]).run().expect(2).says(&["--soft"]);
}

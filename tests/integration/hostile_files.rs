//! Every file of `testdata/hostile` (`testdata/README.md`), through the program, with a good file beside it.
//!
//! `expected.json` says what each must give: its exit status, all of standard error, and its rows. A run has
//! 64 MiB of address space and one second. Further down: what cannot be kept as a file.

use crate::support::{Folder, Program, Ran, VOXEL, WORLD, golden, npy, npy_f4, root, triple};
use serde_json::Value;
use softargmax::Flag;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The good file beside each hostile one, as it is called from their folder.
const GOOD: &str = "../golden/single.nii";

/// The memory of a run, in MiB of address space, of which what is resident is a part.
const MEMORY: u64 = 64;

static CASES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let text = std::fs::read(folder().join("expected.json")).unwrap();
    let Value::Array(cases) = serde_json::from_slice::<Value>(&text).unwrap()["cases"].take() else {
        panic!("expected.json holds no cases")
    };
    cases
});

/// The answer of the good file, as NumPy and nibabel gave it.
static GOOD_VOXEL: LazyLock<[f64; 3]> = LazyLock::new(|| {
    let text = std::fs::read(golden().join("expected.json")).unwrap();
    let golden: Value = serde_json::from_slice(&text).unwrap();
    let is_good = |case: &&Value| case["file"] == "single.nii" && case["args"] == Value::Array(Vec::new());
    let case = golden["cases"].as_array().unwrap().iter().find(is_good).unwrap();
    numbers(&case["rows"][0]["voxel"])
});

fn folder() -> PathBuf {
    root().join("testdata/hostile")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("expected a text, found {value}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("expected a list, found {value}"))
}

fn numbers(value: &Value) -> [f64; 3] {
    let found: Vec<f64> = list(value).iter().map(|number| number.as_f64().unwrap()).collect();
    found.try_into().unwrap()
}

/// One test for each file.
macro_rules! files {
    ($($name:ident: $file:literal,)*) => {
        $(#[test] fn $name() { check_file($file); })*

        #[test]
        fn every_file_has_its_test() {
            let tested: BTreeSet<&str> = BTreeSet::from([$($file),*]);
            let expected: BTreeSet<&str> = CASES.iter().map(|case| text(&case["file"])).collect();
            assert_eq!(tested, expected, "the tests, and expected.json");
            let beside = CASES.iter().filter_map(|case| case.get("beside")).flat_map(list).map(text);
            let known: BTreeSet<String> =
                expected.into_iter().chain(beside).chain(["expected.json"]).map(str::to_owned).collect();
            let names = std::fs::read_dir(folder()).unwrap();
            let there = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            assert_eq!(known, there, "expected.json, and the folder");
        }
    };
}

files! {
    npy_shape_2_60: "npy_shape_2_60.npy",
    npy_shape_wraps_to_24: "npy_shape_wraps_to_24.npy",
    npy_bytes_wrap_to_96: "npy_bytes_wrap_to_96.npy",
    npy_shape_overflows_to_zero: "npy_shape_overflows_to_zero.npy",
    npy_length_2_64: "npy_length_2_64.npy",
    npy_length_negative: "npy_length_negative.npy",
    npy_length_minus_one: "npy_length_minus_one.npy",
    npy_length_float: "npy_length_float.npy",
    npy_length_exponent: "npy_length_exponent.npy",
    npy_length_string: "npy_length_string.npy",
    npy_length_bool: "npy_length_bool.npy",
    npy_length_none: "npy_length_none.npy",
    npy_shape_list: "npy_shape_list.npy",
    npy_shape_number: "npy_shape_number.npy",
    npy_shape_code: "npy_shape_code.npy",
    npy_shape_nested: "npy_shape_nested.npy",
    npy_zero_axis: "npy_zero_axis.npy",
    npy_zero_samples: "npy_zero_samples.npy",
    npy_zero_axis_and_values: "npy_zero_axis_and_values.npy",
    npy_heatmaps_without_voxels: "npy_heatmaps_without_voxels.npy",
    npy_axes_none: "npy_axes_none.npy",
    npy_axes_65: "npy_axes_65.npy",
    npy_axes_4: "npy_axes_4.npy",
    npy_values_none: "npy_values_none.npy",
    npy_values_short: "npy_values_short.npy",
    npy_values_trailing: "npy_values_trailing.npy",
    npy_objects: "npy_objects.npy",
    npy_structured: "npy_structured.npy",
    npy_fields_nested: "npy_fields_nested.npy",
    npy_void: "npy_void.npy",
    npy_bfloat16: "npy_bfloat16.npy",
    npy_complex: "npy_complex.npy",
    npy_unicode: "npy_unicode.npy",
    npy_bytes: "npy_bytes.npy",
    npy_dates: "npy_dates.npy",
    npy_float128: "npy_float128.npy",
    npy_float32_by_name: "npy_float32_by_name.npy",
    npy_integers_of_3_bytes: "npy_integers_of_3_bytes.npy",
    npy_descr_empty: "npy_descr_empty.npy",
    npy_descr_code: "npy_descr_code.npy",
    npy_key_descr_missing: "npy_key_descr_missing.npy",
    npy_key_fortran_order_missing: "npy_key_fortran_order_missing.npy",
    npy_key_shape_missing: "npy_key_shape_missing.npy",
    npy_key_extra: "npy_key_extra.npy",
    npy_key_twice: "npy_key_twice.npy",
    npy_order_number: "npy_order_number.npy",
    npy_magic_short: "npy_magic_short.npy",
    npy_magic_wrong: "npy_magic_wrong.npy",
    npy_magic_alone: "npy_magic_alone.npy",
    npy_version_4_0: "npy_version_4_0.npy",
    npy_version_1_1: "npy_version_1_1.npy",
    npy_version_0_0: "npy_version_0_0.npy",
    npy_length_missing: "npy_length_missing.npy",
    npy_header_truncated: "npy_header_truncated.npy",
    npy_header_4_gib: "npy_header_4_gib.npy",
    npy_header_longer_than_the_file: "npy_header_longer_than_the_file.npy",
    npy_header_short: "npy_header_short.npy",
    npy_header_long: "npy_header_long.npy",
    npy_header_empty: "npy_header_empty.npy",
    npy_header_spaces: "npy_header_spaces.npy",
    npy_header_nul: "npy_header_nul.npy",
    npy_header_latin_1: "npy_header_latin_1.npy",
    npy_header_utf_16: "npy_header_utf_16.npy",
    npy_header_unclosed: "npy_header_unclosed.npy",
    npy_python_2_longs: "npy_python_2_longs.npy",
    npy_no_newline: "npy_no_newline.npy",
    npy_double_quotes: "npy_double_quotes.npy",
    nifti_dim0_0: "nifti_dim0_0.nii",
    nifti_dim0_9: "nifti_dim0_9.nii",
    nifti_dim0_9_big_endian: "nifti_dim0_9_big_endian.nii",
    nifti_dim0_negative: "nifti_dim0_negative.nii",
    nifti_dim0_second: "nifti_dim0_second.nii",
    nifti_mixed_byte_order: "nifti_mixed_byte_order.nii",
    nifti_dim2_zero: "nifti_dim2_zero.nii",
    nifti_dim3_negative: "nifti_dim3_negative.nii",
    nifti_dim1_negative_big_endian: "nifti_dim1_negative_big_endian.nii",
    nifti_dim5_zero: "nifti_dim5_zero.nii",
    nifti_dim_huge: "nifti_dim_huge.nii",
    nifti_dim_overflow: "nifti_dim_overflow.nii",
    nifti_dim_wraps_second: "nifti_dim_wraps_second.nii",
    nifti_dim_negative_second: "nifti_dim_negative_second.nii",
    nifti_axes_1: "nifti_axes_1.nii",
    nifti_axes_5: "nifti_axes_5.nii",
    nifti_bitpix_16: "nifti_bitpix_16.nii",
    nifti_bitpix_0: "nifti_bitpix_0.nii",
    nifti_bitpix_negative: "nifti_bitpix_negative.nii",
    nifti_bitpix_second: "nifti_bitpix_second.nii",
    nifti_datatype_1: "nifti_datatype_1.nii",
    nifti_datatype_32: "nifti_datatype_32.nii",
    nifti_datatype_128: "nifti_datatype_128.nii",
    nifti_datatype_2304: "nifti_datatype_2304.nii",
    nifti_datatype_1536: "nifti_datatype_1536.nii",
    nifti_datatype_1792: "nifti_datatype_1792.nii",
    nifti_datatype_0: "nifti_datatype_0.nii",
    nifti_datatype_9999: "nifti_datatype_9999.nii",
    nifti_datatype_minus_16: "nifti_datatype_minus_16.nii",
    nifti_slope_nan: "nifti_slope_nan.nii",
    nifti_slope_infinite_second: "nifti_slope_infinite_second.nii",
    nifti_slope_zero: "nifti_slope_zero.nii",
    nifti_slope_negative: "nifti_slope_negative.nii",
    nifti_inter_nan: "nifti_inter_nan.nii",
    nifti_inter_infinite_big_endian: "nifti_inter_infinite_big_endian.nii",
    nifti_slope_largest: "nifti_slope_largest.nii",
    nifti_offset_1: "nifti_offset_1.nii",
    nifti_offset_351: "nifti_offset_351.nii",
    nifti_offset_fraction: "nifti_offset_fraction.nii",
    nifti_offset_negative: "nifti_offset_negative.nii",
    nifti_offset_nan: "nifti_offset_nan.nii",
    nifti_offset_infinite: "nifti_offset_infinite.nii",
    nifti_offset_minus_infinite: "nifti_offset_minus_infinite.nii",
    nifti_offset_nan_big_endian: "nifti_offset_nan_big_endian.nii",
    nifti_offset_past_the_end: "nifti_offset_past_the_end.nii",
    nifti_offset_in_the_values: "nifti_offset_in_the_values.nii",
    nifti_offset_huge: "nifti_offset_huge.nii",
    nifti_offset_zero: "nifti_offset_zero.nii",
    nifti_offset_negative_second: "nifti_offset_negative_second.nii",
    nifti_offset_543_second: "nifti_offset_543_second.nii",
    nifti_offset_huge_second: "nifti_offset_huge_second.nii",
    nifti_extension_under_the_voxels: "nifti_extension_under_the_voxels.nii",
    nifti_extension_negative: "nifti_extension_negative.nii",
    nifti_extension_zero: "nifti_extension_zero.nii",
    nifti_extension_7: "nifti_extension_7.nii",
    nifti_extension_overflows: "nifti_extension_overflows.nii",
    nifti_size_alone: "nifti_size_alone.nii",
    nifti_header_short: "nifti_header_short.nii",
    nifti_header_short_second: "nifti_header_short_second.nii",
    nifti_header_alone: "nifti_header_alone.nii",
    nifti_values_short: "nifti_values_short.nii",
    nifti_values_trailing: "nifti_values_trailing.nii",
    nifti_size_349: "nifti_size_349.nii",
    nifti_text_mode_second: "nifti_text_mode_second.nii",
    nifti_cifti: "nifti_cifti.dscalar.nii",
    nifti_sform_nan: "nifti_sform_nan.nii",
    nifti_sform_infinite_big_endian: "nifti_sform_infinite_big_endian.nii",
    nifti_sform_zero: "nifti_sform_zero.nii",
    nifti_sform_singular: "nifti_sform_singular.nii",
    nifti_sform_overflows_second: "nifti_sform_overflows_second.nii",
    nifti_sform_nan_qform_sound: "nifti_sform_nan_qform_sound.nii",
    nifti_quaternion_long: "nifti_quaternion_long.nii",
    nifti_quaternion_nan: "nifti_quaternion_nan.nii",
    nifti_pixdim_zero: "nifti_pixdim_zero.nii",
    nifti_pixdim_negative: "nifti_pixdim_negative.nii",
    nifti_pixdim_nan: "nifti_pixdim_nan.nii",
    nifti_form_codes_unknown: "nifti_form_codes_unknown.nii",
    nifti_sizes_zero: "nifti_sizes_zero.nii",
    nifti_forms_disagree: "nifti_forms_disagree.nii",
    nifti_units_metre: "nifti_units_metre.nii",
    nifti_units_unknown: "nifti_units_unknown.nii",
    nifti_alone: "nifti_alone.hdr",
    nifti_pair_named_nii: "nifti_pair_named_nii.nii",
    nifti_pair_short: "nifti_pair_short.hdr",
    nifti_pair_crc: "nifti_pair_crc.hdr",
    nifti_pair_offset: "nifti_pair_offset.hdr",
    nifti_analyze: "nifti_analyze.hdr",
    gzip_crc: "gzip_crc.npy.gz",
    gzip_length: "gzip_length.npy.gz",
    gzip_length_2_32: "gzip_length_2_32.npy.gz",
    gzip_truncated: "gzip_truncated.npy.gz",
    gzip_truncated_in_the_header: "gzip_truncated_in_the_header.npy.gz",
    gzip_truncated_in_the_trailer: "gzip_truncated_in_the_trailer.npy.gz",
    gzip_truncated_before_the_trailer: "gzip_truncated_before_the_trailer.npy.gz",
    gzip_members: "gzip_members.npy.gz",
    gzip_members_empty: "gzip_members_empty.npy.gz",
    gzip_members_second_crc: "gzip_members_second_crc.npy.gz",
    gzip_members_second_cut: "gzip_members_second_cut.npy.gz",
    gzip_padded: "gzip_padded.npy.gz",
    gzip_trailing: "gzip_trailing.npy.gz",
    gzip_trailing_after_padding: "gzip_trailing_after_padding.npy.gz",
    gzip_trailing_half_a_magic: "gzip_trailing_half_a_magic.npy.gz",
    gzip_flags_20: "gzip_flags_20.npy.gz",
    gzip_flags_40: "gzip_flags_40.npy.gz",
    gzip_flags_80: "gzip_flags_80.npy.gz",
    gzip_method_7: "gzip_method_7.npy.gz",
    gzip_extra_past_the_end: "gzip_extra_past_the_end.npy.gz",
    gzip_name_without_end: "gzip_name_without_end.npy.gz",
    gzip_every_field: "gzip_every_field.npy.gz",
    gzip_block_type_3: "gzip_block_type_3.npy.gz",
    gzip_block_length: "gzip_block_length.npy.gz",
    gzip_distance: "gzip_distance.npy.gz",
    gzip_nothing: "gzip_nothing.npy.gz",
    gzip_twice: "gzip_twice.npy.gz",
    gzip_values_short: "gzip_values_short.npy.gz",
    gzip_values_trailing: "gzip_values_trailing.npy.gz",
    gzip_overdrawn: "gzip_overdrawn.npy.gz",
    gzip_bomb: "gzip_bomb.npy.gz",
    gzip_bomb_behind_the_values: "gzip_bomb_behind_the_values.npy.gz",
    gzip_bomb_with_a_wrong_crc: "gzip_bomb_with_a_wrong_crc.nii.gz",
    gzip_bomb_without_a_header: "gzip_bomb_without_a_header.nii.gz",
    npz_sound: "npz_sound.npz",
    npz_crc: "npz_crc.npz",
    npz_size_one_more: "npz_size_one_more.npz",
    npz_size_one_less: "npz_size_one_less.npz",
    npz_size_4_gib: "npz_size_4_gib.npz",
    npz_place_past_the_end: "npz_place_past_the_end.npz",
    npz_local_sizes_lie: "npz_local_sizes_lie.npz",
    npz_overlapping: "npz_overlapping.npz",
    npz_two_arrays: "npz_two_arrays.npz",
    npz_same_name_twice: "npz_same_name_twice.npz",
    npz_no_array: "npz_no_array.npz",
    npz_no_entry: "npz_no_entry.npz",
    npz_encrypted: "npz_encrypted.npz",
    npz_method_12: "npz_method_12.npz",
    npz_method_1234: "npz_method_1234.npz",
    npz_path_traversal: "npz_path_traversal.npz",
    npz_path_absolute: "npz_path_absolute.npz",
    npz_name_not_utf_8: "npz_name_not_utf_8.npz",
    npz_directory_truncated: "npz_directory_truncated.npz",
    npz_end_truncated: "npz_end_truncated.npz",
    npz_directory_past_the_end: "npz_directory_past_the_end.npz",
    npz_entry_past_the_end: "npz_entry_past_the_end.npz",
    npz_count_65534: "npz_count_65534.npz",
    npz_deflate_defect: "npz_deflate_defect.npz",
    npz_not_an_array: "npz_not_an_array.npz",
    npz_values_short: "npz_values_short.npz",
    npz_bomb: "npz_bomb.npz",
    npz_bomb_that_says_little: "npz_bomb_that_says_little.npz",
    npz_gzip: "npz_gzip.npz",
    metaimage_right: "metaimage_right.mha",
    metaimage_zlib: "metaimage_zlib.mha",
    metaimage_zlib_gzip: "metaimage_zlib_gzip.mha",
    metaimage_zlib_cut: "metaimage_zlib_cut.mha",
    metaimage_zlib_sum: "metaimage_zlib_sum.mha",
    metaimage_cut: "metaimage_cut.mha",
    metaimage_endless: "metaimage_endless.mha",
    metaimage_negative: "metaimage_negative.mha",
    metaimage_text: "metaimage_text.mha",
    metaimage_list: "metaimage_list.mha",
    metaimage_no_end: "metaimage_no_end.mha",
    nrrd_right: "nrrd_right.nrrd",
    nrrd_gzip: "nrrd_gzip.nrrd",
    nrrd_cut: "nrrd_cut.nrrd",
    nrrd_endless: "nrrd_endless.nrrd",
    nrrd_hex: "nrrd_hex.nrrd",
    nrrd_vectors: "nrrd_vectors.nrrd",
    nrrd_skip: "nrrd_skip.nrrd",
    nrrd_no_end: "nrrd_no_end.nrrd",
    named_png_npy: "named_png.npy",
    named_text_nii: "named_text.nii",
    named_web_page_nii_gz: "named_web_page.nii.gz",
    named_lfs_pointer_npz: "named_lfs_pointer.npz",
    named_empty_npy: "named_empty.npy",
    named_empty_nii_gz: "named_empty.nii.gz",
    named_zeros_nii: "named_zeros.nii",
    named_npy_nii: "named_npy.nii",
    named_nifti_npy: "named_nifti.npy",
    named_nifti_npz: "named_nifti.npz",
    named_npy_without_extension: "named_npy_without_extension",
    named_torch_npz: "named_torch.npz",
    named_torch_legacy_npy: "named_torch_legacy.npy",
    named_pickle_npy: "named_pickle.npy",
    named_hdf5_npy: "named_hdf5.npy",
    named_matlab_npy: "named_matlab.npy",
    named_nrrd_nii: "named_nrrd.nii",
    named_mha_npy: "named_mha.npy",
    named_mgz: "named.mgz",
    named_dicom_nii: "named_dicom.nii",
    named_tiff_npy: "named_tiff.npy",
    named_zstd_nii_gz: "named_zstd.nii.gz",
    named_xz_nii_gz: "named_xz.nii.gz",
    named_bzip2_nii_gz: "named_bzip2.nii.gz",
}

/// The program in the folder of hostile files, with as little memory as any computer has.
fn program(args: &[&str]) -> Program {
    // An arena is address space that glibc sets aside for each thread, and not memory.
    Program::new(args).within(&folder()).memory(MEMORY).env("MALLOC_ARENA_MAX", "1")
}

/// Runs it, again where it takes a second: a computer that is busy with other tests is not its fault.
fn in_time(what: &str, program: impl Fn() -> Program) -> Ran {
    let mut took = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        let out = program().run();
        took.push(start.elapsed());
        if took.last() < Some(&Duration::from_secs(1)) {
            return out;
        }
    }
    panic!("{what}: expected an end within 1 s, found {took:?}");
}

fn check_file(file: &str) {
    let cases: Vec<&Value> = CASES.iter().filter(|case| case["file"] == file).collect();
    assert!(!cases.is_empty(), "{file} is not in expected.json");
    for case in cases {
        check_beside_a_good_file(file, case);
        check_from_standard_input(file, case);
    }
    for command in ["info", "argmax"] {
        let out = in_time(&format!("{command} {file}"), || program(&[command, file]));
        assert!(matches!(out.code, Some(0 | 3)), "{command} {file}: {:?} {}", out.code, out.stderr);
    }
}

/// The case's options, and `--coords voxel` where it names no coordinates.
fn options(case: &Value) -> Vec<&str> {
    let mut args: Vec<&str> = list(&case["args"]).iter().map(text).collect();
    if !args.contains(&"--coords") {
        args.extend(["--coords", "voxel"]);
    }
    args.extend(["--threads", "1"]);
    args
}

fn check_beside_a_good_file(file: &str, case: &Value) {
    let options = options(case);
    let args = [&["decode", file, GOOD][..], &options].concat();
    let what = args.join(" ");
    let out = in_time(&what, || program(&args));
    assert_eq!(
        out.code.map(u64::try_from),
        Some(Ok(case["exit"].as_u64().unwrap())),
        "{what}: {}",
        out.stderr
    );
    let (messages, summary) = split_summary(&out.stderr);
    assert_eq!(messages, expected_messages(file, case), "{what}");
    let decoded = if case.get("error").is_some() { 1 } else { 2 };
    assert!(summary.starts_with(&format!("{decoded} of 2 inputs decoded, ")), "{what}: {summary}");
    let rows = out.rows();
    let expected = list(&case["rows"]);
    assert_eq!(rows.len(), expected.len() + 1, "{what}: {}", out.text());
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(row["file"], file, "{what}");
        assert_eq!(row["status"], text(&expected["status"]), "{what}");
        let place = if row["status"] == "unreadable" { "" } else { "0" };
        assert_eq!((row["n"].as_str(), row["c"].as_str()), (place, place), "{what}");
        for (key, columns) in [("voxel", VOXEL), ("world", WORLD)] {
            let found = row.contains_key(columns[0]).then(|| triple(row, columns)).flatten();
            let expected = expected.get(key).map(numbers);
            assert_near(found, expected, &what);
        }
    }
    let good = &rows[expected.len()];
    assert_eq!((good["file"].as_str(), good["status"].as_str()), (GOOD, "ok"), "{what}");
    assert_near(triple(good, VOXEL), Some(*GOOD_VOXEL), &what);
}

/// Within 1e-5 voxel, and in millimetres, where the voxels are at most 10 long or far from 0, likewise.
fn assert_near(found: Option<[f64; 3]>, expected: Option<[f64; 3]>, what: &str) {
    assert_eq!(found.is_some(), expected.is_some(), "{what}: {found:?}, expected {expected:?}");
    for (found, expected) in found.into_iter().flatten().zip(expected.into_iter().flatten()) {
        let bound = 1e-5 * expected.abs().max(1.0);
        assert!((found - expected).abs() <= bound, "{what}: found {found}, expected {expected}");
    }
}

/// Standard error without its last line, and that line, which says how fast it went.
fn split_summary(stderr: &str) -> (String, &str) {
    // Behind it there is only why the exit status is 1, if it is.
    let end = stderr.rfind("exit status 1 by `--fail-on`: ").unwrap_or(stderr.len());
    let start = stderr[..end].trim_end().rfind('\n').map_or(0, |at| at + 1);
    (without_flags(&stderr[..start]), &stderr[start..end])
}

/// Messages without the warnings about landmarks: these maps are no heatmaps.
fn without_flags(messages: &str) -> String {
    let mut is_flag = false;
    let lines = messages.lines().filter(|line| {
        if !line.starts_with(' ') {
            is_flag = Flag::ALL.iter().any(|flag| line.starts_with(&format!("warning: {flag}: ")));
        }
        !is_flag
    });
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// All that standard error has to say about a file, in front of the summary.
fn expected_messages(file: &str, case: &Value) -> String {
    let mut messages = String::new();
    if let Some(error) = case.get("error") {
        messages += &format!("error: failed to decode `{file}`\n  caused by: {}\n", text(error));
        let hint = case["hint"].as_str();
        messages += &hint.map_or(String::new(), |hint| format!("  hint: {hint}\n"));
    }
    for warning in list(&case["warnings"]) {
        let [kind, found, hint] = ["kind", "text", "hint"].map(|key| text(&warning[key]));
        messages += &format!("warning: {kind}: 1 input\n  `{file}`: {found}\n  hint: {hint}\n");
    }
    messages
}

/// A pipe has no length to be held against, and ends in the same way all the same.
fn check_from_standard_input(file: &str, case: &Value) {
    if file.contains("_pair_") || file.ends_with(".hdr") {
        return;
    }
    let args = [&["decode", "-"][..], &options(case)].concat();
    let bytes = std::fs::read(folder().join(file)).unwrap();
    let what = format!("{} < {file}", args.join(" "));
    let out = in_time(&what, || program(&args).stdin(&bytes));
    assert_eq!(
        out.code.map(u64::try_from),
        Some(Ok(case["exit"].as_u64().unwrap())),
        "{what}: {}",
        out.stderr
    );
    let rows = out.rows();
    let found: Vec<&str> = rows.iter().map(|row| row["status"].as_str()).collect();
    let expected: Vec<&str> = list(&case["rows"]).iter().map(|row| text(&row["status"])).collect();
    assert_eq!(found, expected, "{what}");
    for (row, expected) in rows.iter().zip(list(&case["rows"])) {
        assert_near(triple(row, VOXEL), expected.get("voxel").map(numbers), &what);
    }
}

/// All of them at once, on several threads: none costs another its rows.
#[test]
fn the_whole_folder_in_one_run() {
    let out = Program::new(["decode", ".", "--coords", "voxel", "--threads", "2"]).within(&folder());
    let out = out.memory(400).run().expect(3);
    let rows = out.rows();
    let plain = |case: &&Value| list(&case["args"]).is_empty();
    let mut count = 0;
    for case in CASES.iter().filter(plain) {
        let file = format!("./{}", text(&case["file"]));
        let found: Vec<&str> =
            rows.iter().filter(|row| row["file"] == file).map(|row| row["status"].as_str()).collect();
        let expected: Vec<&str> = list(&case["rows"]).iter().map(|row| text(&row["status"])).collect();
        // A walk passes over the few that have no known extension.
        if !found.is_empty() {
            assert_eq!(found, expected, "{file}");
            count += 1;
        }
    }
    assert!(count > 200, "{count}");
}

/// That the limit of these tests holds: what fits 64 MiB does not fit 4.
#[cfg(target_os = "linux")]
#[test]
fn the_limit_of_memory_is_in_force() {
    let run =
        |mebibytes| Program::new(["decode", "single.nii", "--threads", "1"]).memory(mebibytes).run().code;
    assert_eq!(run(MEMORY), Some(0));
    assert_ne!(run(4), Some(0));
}

// --- what cannot be kept as a file -----------------------------------------------------------------

/// A heatmap of 2 × 3 × 4 with its peak at (1, 2, 3).
fn good() -> Vec<u8> {
    let mut values = [0.0; 24];
    values[23] = 3.0;
    npy_f4(&[2, 3, 4], &values)
}

/// A directory is searched, whatever it is called, and is no array.
#[test]
fn a_directory_by_the_name_of_an_array() {
    let folder = Folder::new();
    folder.write("heatmaps.npy/inner.npy", &good());
    let out = folder.decode(["heatmaps.npy"]);
    let files: Vec<String> = out.rows().into_iter().map(|row| row["file"].clone()).collect();
    assert_eq!(files, ["heatmaps.npy/inner.npy"]);
    std::fs::create_dir(folder.join("empty.npy")).unwrap();
    folder.program(["decode", "empty.npy"]).run().expect(2).says(&["no inputs in the directory `empty.npy`"]);
    let out = folder.program(["argmax", "empty.npy"]).run().expect(3);
    out.says(&["expected a file or a FIFO, found a directory"]);
}

#[test]
fn a_pair_whose_image_is_a_directory() {
    let folder = Folder::new();
    let header = std::fs::read(self::folder().join("nifti_alone.hdr")).unwrap();
    folder.write("pair.hdr", &header);
    std::fs::create_dir(folder.join("pair.img")).unwrap();
    let out = folder.program(["decode", "pair.hdr"]).run().expect(3);
    out.says(&[
        "failed to read the other file of the pair, `pair.img`: expected a file",
        "found a directory",
    ]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_in_a_circle_are_unreadable() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    folder.write("good.npy", &good());
    symlink("nowhere.npy", folder.join("dangling.npy")).unwrap();
    symlink("second.npy", folder.join("first.npy")).unwrap();
    symlink("first.npy", folder.join("second.npy")).unwrap();
    let args = ["decode", "dangling.npy", "first.npy", "good.npy", "--coords", "voxel", "--method", "hard"];
    let out = folder.program(args).run().expect(3);
    out.says(&[
        "failed to decode `dangling.npy`",
        "failed to decode `first.npy`",
        "caused by: no such file",
        "caused by: the system failed to read it: Too many levels of symbolic links",
    ]);
    let rows = out.rows();
    let statuses: Vec<&str> = rows.iter().map(|row| row["status"].as_str()).collect();
    assert_eq!(statuses, ["unreadable", "unreadable", "ok"]);
    assert_eq!(triple(&rows[2], VOXEL), Some([1.0, 2.0, 3.0]));
    // A walk loses none of them.
    let walked = folder.program(["decode", "."]).run().expect(3).rows();
    let files: Vec<&str> = walked.iter().map(|row| row["file"].as_str()).collect();
    assert_eq!(files, ["./dangling.npy", "./first.npy", "./good.npy", "./second.npy"]);
}

#[cfg(unix)]
#[test]
fn a_socket_is_refused() {
    let folder = Folder::new();
    let _listener = std::os::unix::net::UnixListener::bind(folder.join("socket.npy")).unwrap();
    let out = folder.program(["decode", "socket.npy"]).run().expect(3);
    out.says(&["expected a file or a FIFO, found a socket", "hint: pipe its bytes"]);
}

/// A writer that dies in the middle, plain and packed.
#[cfg(unix)]
#[test]
fn a_fifo_that_ends_early_is_unreadable() {
    let folder = Folder::new();
    let path = folder.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let packed = crate::support::gzip(&good());
    let short = ["expected 96 bytes of values, found 72", "the file is truncated: gzip ends early"];
    let bytes = [good()[..200].to_vec(), packed[..packed.len() - 1].to_vec()];
    for (bytes, says) in bytes.into_iter().zip(short) {
        let writer = std::thread::spawn({
            let path = path.clone();
            move || std::fs::write(path, bytes).unwrap()
        });
        let out = folder.program(["decode", "pipe"]).run().expect(3);
        out.says(&["failed to decode `pipe`", says]);
        assert_eq!(out.rows()[0]["status"], "unreadable");
        writer.join().unwrap();
    }
}

#[cfg(unix)]
#[test]
fn the_name_of_an_unreadable_file_comes_back_byte_for_byte() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    let name = std::ffi::OsStr::from_bytes(b"bad\xff\xfe\n.npy");
    folder.write(name, b"no array");
    folder.write("good.npy", &good());
    let out = folder.program(["decode", "good.npy"]).arg(name).run().expect(3);
    let row =
        b"\n\"bad\xff\xfe\n.npy\",,,,,,,unreadable,,\"expected npy, npz, NIfTI, MetaImage or NRRD, found ";
    assert!(out.stdout.windows(row.len()).any(|window| window == row), "{}", out.text());
}

/// A `.npy` of zeros that take no room, and a thread that does something to it while it is read.
#[cfg(unix)]
fn while_it_is_read(shape: &[usize], change: impl FnOnce(std::fs::File) + Send + 'static) -> (u64, Ran) {
    let folder = Folder::new();
    let path = folder.write("live.npy", &npy("<f4", false, shape, &[]));
    let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    let length = shape.iter().product::<usize>() as u64 * 4;
    file.set_len(std::fs::metadata(&path).unwrap().len() + length).unwrap();
    let meddler = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        change(file);
    });
    let args = ["decode", "live.npy", "--coords", "voxel", "--threads", "1"];
    let out = folder.program(args).memory(MEMORY).env("MALLOC_ARENA_MAX", "1").run();
    meddler.join().unwrap();
    (length, out)
}

/// 64 GiB, which no computer reads in the time that it takes to cut them off.
#[cfg(unix)]
#[test]
fn a_file_that_shrinks_while_it_is_read_is_unreadable() {
    let (length, out) = while_it_is_read(&[256, 8192, 8192], |file| file.set_len(4096).unwrap());
    let out = out.expect(3);
    // It shrank before it was opened where a busy computer took long to begin.
    assert_eq!(length, 68_719_476_736);
    out.says(&["expected 68,719,476,736 bytes of values, found"]);
    assert_eq!(out.rows()[0]["status"], "unreadable");
}

/// What is added behind the values changes nothing, whether it came before the file was opened or after.
#[cfg(unix)]
#[test]
fn a_file_that_grows_while_it_is_read_is_decoded_as_declared() {
    let (_, out) = while_it_is_read(&[32, 4096, 4096], |mut file| {
        for _ in 0..100 {
            std::io::Write::write_all(&mut file, &[1; 4096]).unwrap();
        }
    });
    let row = &out.expect(0).rows()[0];
    assert_eq!(triple(row, VOXEL), Some([15.5, 2047.5, 2047.5]));
    assert_eq!(row["status"], "flat");
}

//! What every test here needs: the program, a folder, and files made byte by byte.
//!
//! Files are made without the program's own writers, and outputs are read without its own readers.

use softargmax::internals::kernel::level;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// A struct that only its own crate can build with a literal, made from another one:
/// `with!(Settings::default(); method, threshold: Some(4.0))`.
macro_rules! with {
    ($base:expr; $($field:ident $(: $value:expr)?),+ $(,)?) => {{
        let mut changed = $base;
        $(changed.$field = with!(@value $field $(, $value)?);)+
        changed
    }};
    (@value $field:ident, $value:expr) => { $value };
    (@value $field:ident) => { $field };
}
pub(crate) use with;

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of golden files.
pub(crate) fn golden() -> PathBuf {
    root().join("testdata/golden")
}

// --- what a machine may lack -----------------------------------------------------------------------

/// What tests need beside SIMD levels, by the names that `SOFTARGMAX_REQUIRE` may have.
pub(crate) const OTHER_NEEDS: [&str; 1] = ["another-user"];

/// The names in `SOFTARGMAX_REQUIRE`, such as `avx2,avx512`: what must not be skipped.
pub(crate) fn required() -> Vec<String> {
    let names = std::env::var("SOFTARGMAX_REQUIRE").unwrap_or_default();
    names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The SIMD levels of this machine; those that it lacks are said to be skipped.
#[track_caller]
pub(crate) fn levels() -> Vec<&'static str> {
    let available: Vec<&str> = level::available().into_iter().map(|(name, _)| name).collect();
    level::COMPILED.iter().copied().filter(|name| has(name, available.contains(name))).collect()
}

/// Whether a test can run: `is_here` says whether this machine has what it needs. If not, says so on standard
/// error, and fails if `SOFTARGMAX_REQUIRE` names it.
#[track_caller]
pub(crate) fn has(need: &str, is_here: bool) -> bool {
    if !is_here {
        assert!(
            !required().iter().any(|name| name == need),
            "SOFTARGMAX_REQUIRE has {need}: not on this machine"
        );
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // Not by `eprintln`, which the test harness keeps to itself.
        let mut stderr = std::io::stderr();
        writeln!(stderr, "SKIPPED {test}: this machine lacks {need}").unwrap();
    }
    is_here
}

// --- the program -----------------------------------------------------------------------------------

/// A run of the program that is being put together.
pub(crate) struct Program {
    args: Vec<OsString>,
    folder: PathBuf,
    stdin: Option<Vec<u8>>,
    env: Vec<(&'static str, String)>,
    /// Most virtual memory, in KiB.
    memory: Option<u64>,
}

/// What a run left behind.
pub(crate) struct Ran {
    /// Exit status; none where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Program {
    /// The longest that any run may take.
    const LIMIT: Duration = Duration::from_secs(120);

    /// The program with `args`, run in the folder of golden files.
    pub(crate) fn new<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Program {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        Program { args, folder: golden(), stdin: None, env: Vec::new(), memory: None }
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Program {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Lets no flag of a landmark make the exit status 1, unless the arguments name some: most maps here are
    /// no heatmaps.
    pub(crate) fn doubtful(self) -> Program {
        let is_given = self.args.iter().any(|arg| arg == "--fail-on");
        if is_given { self } else { self.args(["--fail-on", "nonfinite,empty"]) }
    }

    pub(crate) fn arg(self, arg: impl AsRef<OsStr>) -> Program {
        self.args([arg])
    }

    pub(crate) fn within(mut self, folder: &Path) -> Program {
        folder.clone_into(&mut self.folder);
        self
    }

    pub(crate) fn stdin(mut self, bytes: &[u8]) -> Program {
        self.stdin = Some(bytes.to_vec());
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: &str) -> Program {
        self.env.push((name, value.to_owned()));
        self
    }

    /// Lets the run have no more than so many MiB of address space.
    pub(crate) fn memory(mut self, mebibytes: u64) -> Program {
        self.memory = Some(mebibytes * 1024);
        self
    }

    fn command(&self) -> Command {
        let program = env!("CARGO_BIN_EXE_softargmax");
        let mut command = match self.memory {
            None => Command::new(program),
            Some(limit) => {
                let mut command = Command::new("sh");
                command.args(["-c", &format!("ulimit -v {limit} && exec \"$0\" \"$@\""), program]);
                command
            }
        };
        command.args(&self.args).current_dir(&self.folder).env_remove("SOFTARGMAX_SIMD");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts it, with all its pipes in the caller's hands.
    pub(crate) fn spawn(self) -> Child {
        self.command().stdin(Stdio::piped()).spawn().unwrap()
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ran {
        let mut child = self.command().spawn().unwrap();
        if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), self.stdin) {
            // The program may end before it has read everything.
            std::thread::spawn(move || drop(pipe.write_all(&bytes)));
        }
        let stdout = drain(child.stdout.take().unwrap());
        let stderr = drain(child.stderr.take().unwrap());
        let code = wait(&mut child, &self.args);
        let stderr = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
        Ran { code, stdout: stdout.join().unwrap(), stderr }
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Waits for the end; a run that takes too long is a failure.
fn wait(child: &mut Child, args: &[OsString]) -> Option<i32> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if start.elapsed() > Program::LIMIT {
            child.kill().unwrap();
            panic!("still running after {:?}: {args:?}", Program::LIMIT);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

impl Ran {
    /// Holds the exit status against `code`, and shows what was printed where it is another.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Ran {
        let Ran { code: found, stderr, .. } = &self;
        assert_eq!(*found, Some(code), "stdout: {}\nstderr: {stderr}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        rows(&self.stdout, b',')
    }

    /// Fails unless each of `parts` is on standard error.
    #[track_caller]
    pub(crate) fn says(&self, parts: &[&str]) -> &Ran {
        for part in parts {
            assert!(self.stderr.contains(part), "expected `{part}`, found: {}", self.stderr);
        }
        self
    }
}

/// Decodes with `args` in the folder of golden files, and expects success; a doubtful answer is one.
#[track_caller]
pub(crate) fn decode<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    Program::new(["decode"]).args(args).doubtful().run().expect(0)
}

/// A row of CSV by the names of its columns.
pub(crate) type Row = BTreeMap<String, String>;

/// CSV or TSV, read with the csv crate.
pub(crate) fn rows(bytes: &[u8], delimiter: u8) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    reader.deserialize().map(Result::unwrap).collect()
}

/// Three cells of a row as numbers; none where they are empty.
pub(crate) fn triple(row: &Row, names: [&str; 3]) -> Option<[f64; 3]> {
    let cells = names.map(|name| row.get(name).unwrap_or_else(|| panic!("no {name} in {row:?}")).as_str());
    assert!(cells.iter().all(|cell| cell.is_empty()) || !cells.contains(&""), "{row:?}");
    (!cells[0].is_empty()).then(|| cells.map(|cell| cell.parse().unwrap()))
}

/// The names of voxel columns in (h, w, d) order.
pub(crate) const VOXEL: [&str; 3] = ["h_voxel", "w_voxel", "d_voxel"];
/// The names of world columns.
pub(crate) const WORLD: [&str; 3] = ["x_mm", "y_mm", "z_mm"];
/// The names of normalized columns in (h, w, d) order.
pub(crate) const NORMALIZED: [&str; 3] = ["h_norm", "w_norm", "d_norm"];

// --- a folder --------------------------------------------------------------------------------------

/// A folder that goes when it is dropped.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file, in folders that are made for it.
    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> PathBuf {
        let path = self.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes the heatmap of [`npy_with_peak`], always with the same modification time.
    pub(crate) fn write_peak(&self, name: &str, index: usize) {
        let path = self.write(name, &npy_with_peak(index));
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }

    /// The program, run in this folder.
    pub(crate) fn program<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Program {
        Program::new(args).within(self.path())
    }

    /// `decode` in this folder, which has to succeed; a doubtful answer is a success.
    #[track_caller]
    pub(crate) fn decode<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        self.program(["decode"]).args(args).doubtful().run().expect(0)
    }

    /// The names of what is in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

// --- files byte by byte ----------------------------------------------------------------------------

/// A `.npy` of version 1.0 with the header text that NumPy would write.
pub(crate) fn npy(descr: &str, fortran: bool, shape: &[usize], values: &[u8]) -> Vec<u8> {
    let comma = if shape.len() == 1 { "," } else { "" };
    let lengths = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let order = if fortran { "True" } else { "False" };
    npy_of(
        &format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({lengths}{comma}), }}"),
        values,
    )
}

/// A `.npy` of version 1.0 with any header text.
pub(crate) fn npy_of(header: &str, values: &[u8]) -> Vec<u8> {
    let padding = 63 - (10 + header.len()) % 64;
    let text = format!("{header}{}\n", " ".repeat(padding));
    [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), values].concat()
}

/// f32 as little-endian bytes.
pub(crate) fn f4(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// f64 as little-endian bytes.
pub(crate) fn f8(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A little-endian f32 `.npy` in C order.
pub(crate) fn npy_f4(shape: &[usize], values: &[f32]) -> Vec<u8> {
    assert_eq!(values.len(), shape.iter().product::<usize>());
    npy("<f4", false, shape, &f4(values))
}

/// A `.npy` with one heatmap of 3 × 4 × 5 voxels, its peak at `index`, counted in memory order.
pub(crate) fn npy_with_peak(index: usize) -> Vec<u8> {
    let mut values = vec![0.0; 60];
    values[index] = 30.0;
    npy_f4(&[3, 4, 5], &values)
}

/// The shape and the numbers of an f64 `.npy` in C order; what follows the numbers is an error.
pub(crate) fn read_npy(bytes: &[u8], descr: &str) -> (Vec<usize>, Vec<[u8; 8]>) {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..end]).unwrap();
    assert!(header.contains(&format!("'descr': '{descr}'")), "{header}");
    assert!(header.contains("'fortran_order': False"), "{header}");
    let shape = header.split('(').nth(1).unwrap().split(')').next().unwrap();
    let numbers = shape.split(',').map(str::trim).filter(|number| !number.is_empty());
    let shape: Vec<usize> = numbers.map(|number| number.parse().unwrap()).collect();
    let (values, rest) = bytes[end..].as_chunks::<8>();
    assert!(rest.is_empty());
    assert_eq!(values.len(), shape.iter().product::<usize>());
    (shape, values.to_vec())
}

/// The shape and the numbers of an f64 `.npy`.
pub(crate) fn read_npy_f8(bytes: &[u8]) -> (Vec<usize>, Vec<f64>) {
    let (shape, values) = read_npy(bytes, "<f8");
    (shape, values.into_iter().map(f64::from_le_bytes).collect())
}

/// The shape and the numbers of an int64 `.npy`.
pub(crate) fn read_npy_i8(bytes: &[u8]) -> (Vec<usize>, Vec<i64>) {
    let (shape, values) = read_npy(bytes, "<i8");
    (shape, values.into_iter().map(i64::from_le_bytes).collect())
}

/// One gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zip archive of stored or deflated entries.
pub(crate) fn zip(entries: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A NIfTI-1 header of 348 bytes, field by field (nifti1.h), and what follows it.
#[derive(Clone)]
pub(crate) struct Nifti {
    pub(crate) header: Vec<u8>,
    /// Between the header and the values.
    pub(crate) extension: Vec<u8>,
    pub(crate) values: Vec<u8>,
}

/// An sform of 2 × 3 × 4 mm voxels with the origin at (−10, 0, 5).
pub(crate) const SFORM: [[f32; 4]; 3] = [[2.0, 0.0, 0.0, -10.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 5.0]];

impl Nifti {
    /// A single file of `dims` (i fastest) with [`SFORM`], f32 unless said otherwise.
    pub(crate) fn new(dims: &[i16], values: &[u8]) -> Nifti {
        let header = vec![0; 348];
        let mut nifti = Nifti { header, extension: vec![0; 4], values: values.to_vec() };
        nifti.set(0, &348_i32.to_le_bytes());
        nifti.set(40, &(dims.len() as i16).to_le_bytes());
        for axis in 0..7 {
            nifti.set(42 + 2 * axis, &dims.get(axis).copied().unwrap_or(1).to_le_bytes());
        }
        nifti.set(76, &f4(&[1.0; 8]));
        nifti.set(108, &352_f32.to_le_bytes());
        nifti.set(112, &f4(&[1.0, 0.0]));
        // mm and seconds.
        nifti.set(123, &[2 | 8]);
        nifti.set(344, b"n+1\0");
        nifti.kind(16, 32).sform(&SFORM)
    }

    /// Writes bytes into the header.
    pub(crate) fn set(&mut self, at: usize, bytes: &[u8]) {
        self.header[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// [`Nifti::set`], by value.
    pub(crate) fn with(mut self, at: usize, bytes: &[u8]) -> Nifti {
        self.set(at, bytes);
        self
    }

    /// Sets datatype and bitpix.
    pub(crate) fn kind(self, datatype: i16, bitpix: i16) -> Nifti {
        self.with(70, &datatype.to_le_bytes()).with(72, &bitpix.to_le_bytes())
    }

    /// Sets `scl_slope` and `scl_inter`.
    pub(crate) fn scaled(self, slope: f32, intercept: f32) -> Nifti {
        self.with(112, &f4(&[slope, intercept]))
    }

    /// Sets the sform, code 1.
    pub(crate) fn sform(self, rows: &[[f32; 4]; 3]) -> Nifti {
        self.with(254, &1_i16.to_le_bytes()).with(280, &f4(rows.as_flattened()))
    }

    /// Sets the qform, code 1: quaternion (b, c, d), offsets, and voxel sizes in `pixdim`.
    pub(crate) fn qform(self, quaternion: [f32; 3], offset: [f32; 3], sizes: [f32; 3]) -> Nifti {
        let nifti = self.with(252, &1_i16.to_le_bytes()).with(256, &f4(&quaternion)).with(268, &f4(&offset));
        nifti.with(80, &f4(&sizes))
    }

    /// Neither form.
    pub(crate) fn without_affine(self) -> Nifti {
        self.with(252, &[0; 4])
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [&self.header[..], &self.extension, &self.values].concat()
    }
}

// --- comparisons ---------------------------------------------------------------------------------

/// Two lists side by side, which have to be equally long, and not empty.
#[track_caller]
pub(crate) fn pairs<'a, A, B>(a: &'a [A], b: &'a [B]) -> impl Iterator<Item = (&'a A, &'a B)> {
    assert!(!a.is_empty() && a.len() == b.len(), "{} beside {}", a.len(), b.len());
    a.iter().zip(b)
}

// --- values ----------------------------------------------------------------------------------------

/// Numbers that look unrelated, in [−1, 1) on a grid of 2^-15, so that f32, f64 and sums hold them exactly.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Noise {
        Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 48) as u16) / 32768.0 - 1.0
    }

    pub(crate) fn f32s(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next() as f32).collect()
    }
}

/// Fails unless two numbers are within `bound`.
#[track_caller]
pub(crate) fn assert_near(found: f64, expected: f64, bound: f64, what: &str) {
    let error = (found - expected).abs();
    assert!(
        error <= bound,
        "{what}: found {found}, expected {expected}: off by {error:e}, allowed {bound:e}"
    );
}

/// Fails unless three numbers are each within `bound`.
#[track_caller]
pub(crate) fn assert_all_near(found: [f64; 3], expected: [f64; 3], bound: f64, what: &str) {
    for axis in 0..3 {
        assert_near(found[axis], expected[axis], bound, &format!("{what}, coordinate {axis}"));
    }
}

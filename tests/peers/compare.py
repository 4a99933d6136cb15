"""Compares the program's record of one input with the oracle's case for the same file."""

import numpy as np

from ledger import Section

COVARIANCE = (
    "cov_hh_voxel2",
    "cov_hw_voxel2",
    "cov_hd_voxel2",
    "cov_ww_voxel2",
    "cov_wd_voxel2",
    "cov_dd_voxel2",
)
COVARIANCE_MM = ("cov_xx_mm2", "cov_xy_mm2", "cov_xz_mm2", "cov_yy_mm2", "cov_yz_mm2", "cov_zz_mm2")
DIAGONAL = (0, 3, 5)
#: Below this many voxels² a covariance counts as 0: the distribution is one voxel.
TRACE_FLOOR = 1e-12


class Sections:
    """The errors of one family of comparisons, separate for f32 and f64 arithmetic."""

    def __init__(self, name):
        self.exact = Section(f"{name}, status, hard argmax, peak value, record")
        self.by_bound = {
            bound: {
                "voxel": Section(f"{name}, {kind} coordinates", bound, "voxel"),
                "covariance": Section(f"{name}, {kind} covariance", 1e-5, "of trace"),
                "others": Section(f"{name}, {kind} entropy, ln Z, p(peak)", bound, "of max(1, |value|)"),
            }
            for bound, kind in ((1e-5, "f32"), (1e-9, "f64"))
        }

    def all(self):
        """Every section that was used."""
        return [s for s in (self.exact, *(s for d in self.by_bound.values() for s in d.values())) if s.cases]

    def compare(self, case, record, command=""):
        """One input: its record, then each landmark."""
        where = f"{case['file']} {' '.join(case['args'])} {command}".strip()
        if record["error"] is not None or len(record["landmarks"]) != len(case["rows"]):
            found = record["error"] or f"{len(record['landmarks'])} landmarks"
            self.exact.expect(False, f"{where}: expected {len(case['rows'])} landmarks, found {found}")
            return
        for key in ("layout", "shape", "dtype", "affine_source"):
            self.exact.expect(record[key] == case[key], f"{where}: {key} {record[key]}, expected {case[key]}")
        self.exact.expect(
            same_affine(record["affine"], case["affine"]), f"{where}: affine {record['affine']}"
        )
        for row, landmark in zip(case["rows"], record["landmarks"]):
            place = f"{where} n {row['n']} c {row['c']}"
            self.compare_exact(row, landmark, place)
            self.compare_positions(case, row, landmark, place)
            self.compare_spread(case, row, landmark["stats"], place)

    def compare_exact(self, row, landmark, where):
        """Everything that rounding cannot change."""
        hard = landmark["hard"] or {}
        pairs = [(landmark[key], row[key]) for key in ("n", "c", "status")]
        pairs += [(landmark["label"], row["label"])] if "label" in row else []
        pairs += [(hard.get("voxel"), row["hard_voxel"]), (hard.get("peak_value"), row["peak_value"])]
        self.exact.expect(all(a == b for a, b in pairs), f"{where}: (found, expected) {pairs}")

    def compare_positions(self, case, row, landmark, where):
        """Every space, with each error converted to voxels."""
        section = self.by_bound[case["tolerance"]]["voxel"]
        hard = landmark["hard"] or {}
        for space in ("voxel", "normalized", "world"):
            scale = voxel_size(case, space)
            for found, expected in ((landmark, row[space]), (hard, row[f"hard_{space}"])):
                error = distance(found.get(space), expected, scale)
                section.measure(error, f"{where}: {space} {found.get(space)}, expected {expected}")
        for unit, scale in (("voxel", 1.0), ("mm", max(voxel_size(case, "world")))):
            found, expected = (
                hard.get(f"distance_{unit}"),
                between(row, "voxel" if unit == "voxel" else "world"),
            )
            error = (
                np.inf
                if (found is None) != (expected is None)
                else abs((found or 0) - (expected or 0)) / scale
            )
            section.measure(error, f"{where}: distance_{unit} {found}, expected {expected}")

    def compare_spread(self, case, row, stats, where):
        """Covariance relative to its trace, the other numbers relative to their size."""
        sections = self.by_bound[case["tolerance"]]
        found = [(stats or {}).get(key) for key in COVARIANCE]
        if row["cov_voxel"] is None or None in found:
            sections["others"].expect(
                found == [None] * 6 and row["cov_voxel"] is None, f"{where}: stats {stats}"
            )
            return
        self.compare_covariance(
            sections["covariance"], found, row["cov_voxel"], stats, "{}_voxel", "hwd", where
        )
        if case["affine"] is not None:
            lps = "_lps" if option(case, "--frame", "ras") == "lps" else ""
            found, expected = [stats[key + lps] for key in COVARIANCE_MM], in_world(row["cov_voxel"], case)
            self.compare_covariance(
                sections["covariance"], found, expected, stats, "{}_mm" + lps, "xyz", where
            )
        for key in ("entropy", "peak_probability", "log_normalizer"):
            error = abs(stats[key] - row[key]) / max(1.0, abs(row[key]))
            sections["others"].measure(error, f"{where}: {key} {stats[key]}, expected {row[key]}")

    def compare_covariance(self, section, found, expected, stats, unit, axes, where):
        """Covariance, and that the standard deviations are the roots of its diagonal."""
        trace = max(sum(expected[i] for i in DIAGONAL), TRACE_FLOOR)
        error = max(abs(a - b) for a, b in zip(found, expected)) / trace
        section.measure(error, f"{where}: covariance {found}, expected {expected}")
        std = [stats["std_" + unit.format(axis)] for axis in axes]
        error = max(abs(s * s - found[i]) for s, i in zip(std, DIAGONAL)) / trace
        section.measure(error, f"{where}: std {std} beside covariance {found}")


def same_affine(found, expected):
    """Equal within the rounding of a quaternion in float64."""
    if found is None or expected is None:
        return found is expected
    return np.allclose(found, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())


def distance(found, expected, scale):
    """The largest difference along an axis, in voxels; infinite if only one of the two exists."""
    if found is None or expected is None:
        return 0.0 if found is None and expected is None else np.inf
    return max(abs(a - b) / s for a, b, s in zip(found, expected, scale))


def between(row, space):
    """How far the answer lies from the hard argmax in a space."""
    here, there = row[space], row[f"hard_{space}"]
    return None if here is None else float(np.linalg.norm(np.subtract(here, there)))


def voxel_size(case, space):
    """The length of one voxel in a space, along each written axis."""
    if space == "world" and case["affine"] is not None:
        return np.abs(np.array(case["affine"])[:3, :3]).sum(axis=1)
    if space != "normalized":
        return [1.0] * 3
    at = case["layout"].find
    lengths = {axis: case["shape"][at(axis.upper())] if at(axis.upper()) >= 0 else 1 for axis in "hwd"}
    norm, order = option(case, "--norm", "corners"), option(case, "--order", "hwd")
    step = {"corners": lambda n: 2 / max(n - 1, 1), "unit-corners": lambda n: 1 / max(n - 1, 1)}
    step |= {"centers": lambda n: 2 / n, "unit": lambda n: 1 / n, "unit-centers": lambda n: 1 / n}
    return [step[norm](max(lengths[axis], 1)) for axis in order]


def option(case, flag, default):
    """The argument of a flag of a case."""
    return case["args"][case["args"].index(flag) + 1] if flag in case["args"] else default


def in_world(covariance, case):
    """Converts a covariance from voxels² to mm² (upper triangles); LPS changes the signs of xz and yz."""
    hh, hw, hd, ww, wd, dd = covariance
    linear = np.array(case["affine"])[:3, :3]
    matrix = linear @ np.array([[hh, hw, hd], [hw, ww, wd], [hd, wd, dd]]) @ linear.T
    xx, xy, xz, yy, yz, zz = (float(x) for x in matrix[np.triu_indices(3)])
    return [xx, xy, -xz, yy, -yz, zz] if option(case, "--frame", "ras") == "lps" else [xx, xy, xz, yy, yz, zz]

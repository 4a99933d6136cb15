"""`softargmax argmax` against numpy.argmax (the same semantics: first maximum, NaN the largest) and
torch.argmax."""

import numpy as np

import program
import torch_peer
from ledger import Section

DTYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "b1")
NARROW = ("f2", "f4", "i1", "i2", "u1", "u2", "b1")


def draw(rng):
    """An array of rank 0 to 6 with ties, NaN and infinities; sometimes an axis of length zero."""
    shape = tuple(int(i) for i in rng.integers(1, 9, size=rng.integers(0, 7)))
    if shape and rng.random() < 0.05:
        at = int(rng.integers(len(shape)))
        shape = (*shape[:at], 0, *shape[at + 1 :])
    dtype = str(rng.choice(["<", ">"])) + str(rng.choice(DTYPES))
    values = np.asarray(rng.integers(0, rng.choice([3, 100]), size=shape)).astype(dtype)
    if values.dtype.kind == "f" and rng.random() < 0.5:
        odd = rng.random(shape)
        values = np.where(
            odd < 0.02, np.nan, np.where(odd < 0.05, np.inf, np.where(odd < 0.1, -np.inf, values))
        )
    values = np.asarray(values, dtype=dtype)
    return np.asfortranarray(values) if rng.random() < 0.2 else values


def draw_options(rng, rank):
    """A dim (or None) and keepdim. A scalar has the dims 0 and -1, as torch has it."""
    span = max(rank, 1)
    dim = None if rng.random() < 0.25 else int(rng.integers(-span, span))
    return dim, bool(rng.random() < 0.4)


def restated(values, dim, keepdim):
    """torch.argmax in NumPy."""
    if values.ndim == 0:
        return np.int64(0)
    return np.argmax(values, axis=dim, keepdims=keepdim)


def soft(values, dim, keepdim, temperature):
    """Σ i softmax(x/T)_i along a dim, or over everything, in float64."""
    if values.ndim == 0:
        return np.float64(0)
    x = values.astype(np.float64)
    shape = (1,) * x.ndim if keepdim else ()
    if dim is None:
        x = x.reshape(-1)
    x = np.moveaxis(x, 0 if dim is None else dim, -1)
    weight = np.exp((x - x.max(axis=-1, keepdims=True)) / temperature)
    answer = (weight @ np.arange(x.shape[-1])) / weight.sum(axis=-1)
    if dim is None:
        return answer.reshape(shape)
    return np.expand_dims(answer, dim) if keepdim else answer


def arguments(dim, keepdim):
    """The options as typed on the command line."""
    return ([] if dim is None else [f"--dim={dim}"]) + (["--keepdim"] if keepdim else [])


def is_empty(values, dim):
    """Whether the case asks for the maximum of an empty slice."""
    return values.size == 0 if dim is None else values.shape[dim] == 0 if values.ndim else False


def same(found, expected):
    """Equal values in equal shapes, as int64."""
    return found is not None and found.shape == np.shape(expected) and np.array_equal(found, expected)


def compare_soft(section, rng, folder, values, dim, keepdim):
    """`--soft`, for finite numbers."""
    if not np.isfinite(values.astype(np.float64)).all():
        return
    temperature = float(f"{10 ** rng.uniform(-0.5, 2):.4g}")
    args = [*arguments(dim, keepdim), "--soft", "--temperature", str(temperature)]
    code, found = program.argmax(folder, "array.npy", args)
    expected = soft(values, dim, keepdim, temperature)
    where = f"{values.dtype} {values.shape} {args}: exit {code}"
    if found is None or found.shape != np.shape(expected):
        section.measure(np.inf, f"{where}, shape {np.shape(found)}, expected {np.shape(expected)}")
    else:
        section.measure(abs(found - expected).max(initial=0.0), where)


def run(rng, folder, cases):
    """The sections."""
    hard = Section("argmax = NumPy's")
    refused = Section("argmax, empty dims exit 3, dims out of range exit 2")
    loose, tight = Section("argmax --soft, f32", 1e-5, "index"), Section("argmax --soft, f64", 1e-9, "index")
    torch = torch_peer.Jobs(folder / "torch_argmax", "argmax")
    for _ in range(cases):
        values = draw(rng)
        np.save(folder / "array.npy", values)
        dim, keepdim = draw_options(rng, values.ndim)
        where = f"{values.dtype} {values.shape} dim {dim} keepdim {keepdim}"
        code, found = program.argmax(folder, "array.npy", arguments(dim, keepdim))
        if is_empty(values, dim):
            refused.expect(code == 3, f"{where}: exit {code}, expected 3")
            continue
        expected = restated(values, dim, keepdim)
        hard.expect(
            code == 0 and same(found, expected), f"{where}: exit {code}, {found}, expected {expected}"
        )
        settings = {"keepdim": keepdim} | ({} if dim is None else {"dim": dim})
        if dim is not None or not keepdim:
            torch.add(values, settings, found, where)
        compare_soft(loose if values.dtype.str[1:] in NARROW else tight, rng, folder, values, dim, keepdim)
        beyond = int(rng.choice([-1, 1])) * (max(values.ndim, 1) + 1)
        code, _ = program.argmax(folder, "array.npy", [f"--dim={beyond}"])
        refused.expect(code == 2, f"{values.shape} dim {beyond}: exit {code}, expected 2")
    ties = Section("argmax = torch.argmax")
    for answer, found, where in torch.answers(ties):
        ties.expect(same(found, answer), f"{where}: {found}, expected {answer}")
    return [hard, refused, loose, tight, ties]

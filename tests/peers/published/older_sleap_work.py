"""SLEAP 1.4.1 in a process of its own: see apart.py."""

import sys

import tensorflow as tf

from published import apart
from published.load import bare, without

bare("sleap", "sleap.nn", "sleap.nn.data")
without("sleap.nn.config")
sys.modules["sleap"].Labels = object
from sleap.nn import peak_finding  # noqa: E402

tf.config.run_functions_eagerly(True)


def answer(job):
    """Each refinement of the largest voxels, and all local maxima. SLEAP's channels come last."""
    x = tf.constant(job["x"].transpose(0, 2, 3, 1))
    peaks = lambda how: peak_finding.find_global_peaks(x, job["threshold"], how, int(job["size"]))[0].numpy()
    places, _, samples, channels = peak_finding.find_local_peaks(x, job["threshold"])
    return {
        "rough": peaks(None),
        "local": peaks("local"),
        "integral": peaks("integral"),
        "peaks": places.numpy(),
        "samples": samples.numpy(),
        "channels": channels.numpy(),
    }


if __name__ == "__main__":
    apart.work(answer)

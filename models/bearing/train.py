#!/usr/bin/env python3
"""Trains and quantizes two releases of the bearing-fault classifier of the demo: one good, one with labels mixed up.

Needs numpy, onnx and onnxruntime (see requirements.txt); neither the demo nor the tests run it.

    python3 train.py   # writes bearing.onnx, bearing-2.onnx and samples/, prints the figures of the README

The windows come from the simulation of ../vibration/train.py. Its 64 equally wide bands of the spectrum tell a faulty
bearing from a healthy one, but hardly one fault from another: they are wider than the distance between the lines that
differ. So one input is the spectrum of the squared envelope, the usual diagnosis (R. B. Randall and J. Antoni,
"Rolling element bearing diagnostics: a tutorial", Mechanical Systems and Signal Processing 25(2), 2011): the
window is filtered to the resonance that impulses ring, and the rate at which its power goes up and down, up to 375 Hz,
names the fault. 64 bands of 5.9 Hz hold it, as the decimal logarithm of the squared depth of modulation, so how loud the
machine is makes no difference. The model takes these as they are: standardization is folded into its first layer.

The outputs are logits of the classes in CLASSES; the class is the first that is largest. The second release is made of
the same windows with the same random numbers, but all labels of two classes are swapped.
"""
import importlib.util
import os

import numpy as np
import onnx
from onnxruntime import GraphOptimizationLevel, SessionOptions

HERE = os.path.dirname(os.path.abspath(__file__))
_spec = importlib.util.spec_from_file_location("vibration", os.path.join(HERE, "..", "vibration", "train.py"))
vibration = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(vibration)

CLASSES = ("healthy", "outer-race", "inner-race", "ball")
INPUTS, LINES = 64, 2  # an input is the power of so many lines of the envelope spectrum, 12,000 / 4,096 Hz apart
RESONANCE_HZ = (2_500, 4_500)
LAYERS = [INPUTS, 24, len(CLASSES)]
SEVERITY = (0.25, 1.0)  # amplitude of impulses in training
WEAK = (0.35, 0.35)  # where vibration is measured
SAMPLES = 5  # of each class

SEED = 20261126


def envelope_spectrum(x):
    """log10 of the squared depth of modulation in 64 bands above 0 Hz, from the window of acceleration x."""
    n = len(x)
    spectrum = np.fft.rfft(x)
    hertz = np.arange(len(spectrum)) * vibration.FS / n
    spectrum[(hertz < RESONANCE_HZ[0]) | (hertz >= RESONANCE_HZ[1])] = 0
    analytic = 2 * np.fft.ifft(spectrum, n)  # frequencies above the half are absent: the signal and its Hilbert transform
    power = np.abs(analytic) ** 2
    taper = np.hanning(n)
    depth = np.fft.rfft((power / power.mean() - 1) * taper)[1 : 1 + INPUTS * LINES] * 2 / taper.sum()
    return np.log10((np.abs(depth) ** 2).reshape(INPUTS, LINES).sum(axis=1) + 1e-6)


def dataset(n, severity):
    """n windows of each class, in order of classes, and their classes."""
    rows = [envelope_spectrum(vibration.window(None if c == "healthy" else c, vibration.rng.uniform(*severity)))
            for c in CLASSES for _ in range(n)]
    return np.stack(rows), np.repeat(np.arange(len(CLASSES)), n)


def cross_entropy(labels):
    """The mean cross entropy of the softmax of logits, as vibration.train takes a loss."""
    def loss(rows, logits):
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        wanted = np.eye(len(CLASSES))[labels[rows]]
        return -np.mean(np.log(np.sum(p * wanted, axis=1) + 1e-12)), (p - wanted) / len(rows)
    return loss


def release(name, x, labels):
    """Trains on x and labels, writes the quantized model, returns the paths of the float and the quantized one."""
    vibration.rng = np.random.default_rng(SEED)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    params = vibration.train((x - mean) / deviation, LAYERS, cross_entropy(labels), epochs=12)
    w, b = params[0]
    params[0] = (w / deviation[:, None], b - (mean / deviation) @ w)
    fp32, int8 = os.path.join(HERE, f"{name}_fp32.onnx"), os.path.join(HERE, f"{name}.onnx")
    onnx.save(vibration.float_model(params, "bearing", "logits"), fp32)
    vibration.quantize(fp32, int8, x[:: len(x) // 1_000])
    return fp32, int8


def classify(path, x):
    """The classes of x by the graph as it is written: kernels that ONNX Runtime would fuse saturate on some CPUs."""
    options = SessionOptions()
    options.graph_optimization_level = GraphOptimizationLevel.ORT_DISABLE_ALL
    return vibration.outputs(path, x, options).argmax(axis=1)


def report(path, title, x, labels):
    """Prints the accuracy by class and overall, and where the errors go."""
    table = np.zeros((len(CLASSES), len(CLASSES)), int)
    np.add.at(table, (labels, classify(path, x)), 1)
    accuracy = {c: round(float(table[i, i] / table[i].sum()), 4) for i, c in enumerate(CLASSES)}
    print(f"{os.path.basename(path)}, {title}: {accuracy}, all {np.trace(table) / table.sum():.4f}, confusion {table.tolist()}")


def write_samples(good, bad, x, labels, swapped):
    """Writes the first held-out windows of each class that the good release gets right, and the bad one as its labels say."""
    folder = os.path.join(HERE, "samples")
    os.makedirs(folder, exist_ok=True)
    fits = (classify(good, x) == labels) & (classify(bad, x) == swapped)
    with open(os.path.join(folder, "labels.tsv"), "w", encoding="ascii") as table:
        print("file", "class", "name", sep="\t", file=table)
        for i, c in enumerate(CLASSES):
            found = np.flatnonzero(fits & (labels == i))[:SAMPLES]
            print(f"samples of {c}: {len(found)} of the first {found[-1] - np.flatnonzero(labels == i)[0] + 1} windows")
            for k, row in enumerate(found, 1):
                vibration.raw(good, x[row]).tofile(os.path.join(folder, f"{c}-{k}.bin"))
                print(f"{c}-{k}.bin", i, c, sep="\t", file=table)


def main():
    vibration.rng = np.random.default_rng(SEED)
    x, labels = dataset(3_000, SEVERITY)
    held_out = {f"held out, amplitude {low} to {high}": dataset(500, (low, high)) for low, high in (SEVERITY, WEAK)}
    mixed_up = np.array([CLASSES.index(c) for c in ("healthy", "outer-race", "ball", "inner-race")])

    good, bad = release("bearing", x, labels), release("bearing-2", x, mixed_up[labels])
    for path in good + bad:
        for title, (rows, truth) in held_out.items():
            report(path, title, rows, truth)
    for title, (rows, truth) in held_out.items():
        report(bad[1], f"{title}, labels mixed up as in its training", rows, mixed_up[truth])

    rows, truth = list(held_out.values())[-1]  # the weak faults
    if not np.array_equal(vibration.raw(good[1], rows), vibration.raw(bad[1], rows)):
        raise SystemExit("the releases quantize inputs differently: expected one sample file for both")
    write_samples(good[1], bad[1], rows, truth, mixed_up[truth])
    for fp32, _ in (good, bad):
        os.remove(fp32)


if __name__ == "__main__":
    main()

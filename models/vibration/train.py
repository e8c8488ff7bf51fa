#!/usr/bin/env python3
"""Trains and quantizes the vibration-anomaly autoencoder of the demo.

Needs numpy, onnx and onnxruntime (see requirements.txt); neither the demo nor the tests run it.

    python3 train.py                                        # writes vibration.onnx and samples/
    python3 train.py --seed 20261124 --out vibration-2.onnx  # another training run, a later release

The data is a simulation of an accelerometer on a deep-groove ball bearing (geometry of an SKF 6205:
9 balls of 7.94 mm on a pitch circle of 39.04 mm, contact angle 0) at 12 kHz. Signal model: P. D. McFadden
and J. D. Smith, "Model for the vibration produced by a single point defect in a rolling element bearing",
Journal of Sound and Vibration 96(1), 1984; slip and noise as in R. B. Randall and J. Antoni, "Rolling element
bearing diagnostics: a tutorial", Mechanical Systems and Signal Processing 25(2), 2011:

  healthy:  shaft harmonics (imbalance, misalignment), gear-like tone, broadband noise;
  faulty:   the same, and an impulse each time a ball meets the defect. Each impulse rings a structural
            resonance (exponentially decaying sine). Impulses come at BPFO (outer race), BPFI (inner race,
            modulated by the shaft as the defect passes the load zone) or 2 BSF (ball, modulated by the cage),
            with a random slip of 1 % of the period.

One input is 64 log band energies of a window of 4,096 samples (0.34 s), standardized with the mean and
deviation of the healthy training set. The autoencoder 64-32-8-32-64 sees healthy windows only; the anomaly
score is the mean squared difference between its input and its output.

The classifier in ../bearing is made with the simulation, the training loop and the quantization of this file.
"""
import argparse
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession
from onnxruntime.quantization import (CalibrationDataReader, QuantFormat, QuantType, quantize_static)

HERE = os.path.dirname(os.path.abspath(__file__))
FS, WINDOW, BANDS = 12_000, 4_096, 64
BALLS, BALL_MM, PITCH_MM = 9, 7.94, 39.04
LAYERS = [BANDS, 32, 8, 32, BANDS]

SEED = 20261123
rng = np.random.default_rng(SEED)


def fault_frequencies(shaft_hz):
    """Ball-pass (outer, inner), ball-spin and cage frequencies for a contact angle of 0 (Randall and Antoni, eq. 1-4)."""
    ratio = BALL_MM / PITCH_MM
    return {
        "outer-race": BALLS / 2 * shaft_hz * (1 - ratio),
        "inner-race": BALLS / 2 * shaft_hz * (1 + ratio),
        "ball": PITCH_MM / BALL_MM * shaft_hz * (1 - ratio**2),  # 2 x BSF: the defect meets both races
        "cage": shaft_hz / 2 * (1 - ratio),
    }


def window(fault=None, severity=1.0):
    """One window of acceleration (arbitrary units), healthy or with a fault."""
    t = np.arange(WINDOW) / FS
    shaft = rng.uniform(28.0, 31.0)  # 1,680 to 1,860 rpm
    x = np.zeros(WINDOW)
    for harmonic, level in ((1, 0.30), (2, 0.15), (3, 0.08), (12, 0.05)):
        x += level * rng.uniform(0.7, 1.3) * np.sin(2 * np.pi * harmonic * shaft * t + rng.uniform(0, 2 * np.pi))
    noise = rng.normal(0, 0.12 * rng.uniform(0.8, 1.2), WINDOW)
    x += noise + 0.5 * np.concatenate(([0], noise[:-1]))  # slightly coloured
    if fault is None:
        return x
    freqs = fault_frequencies(shaft)
    period = 1 / freqs[fault]
    resonance, damping = rng.uniform(3_000, 3_600), rng.uniform(700, 1_100)
    at = rng.uniform(0, period)
    while at < t[-1]:
        gain = severity * rng.uniform(0.8, 1.2)
        if fault == "inner-race":
            gain *= 0.5 * (1 + np.cos(2 * np.pi * shaft * at))
        if fault == "ball":
            gain *= 0.5 * (1 + 0.8 * np.cos(2 * np.pi * freqs["cage"] * at))
        s = t[t >= at] - at
        x[t >= at] += gain * np.exp(-damping * s) * np.sin(2 * np.pi * resonance * s)
        at += period * (1 + rng.normal(0, 0.01))
    return x


def bands(x):
    """64 log10 energies of equally wide bands from 0 to 6 kHz of the Hann-windowed spectrum."""
    power = np.abs(np.fft.rfft(x * np.hanning(WINDOW)))[1:] ** 2
    return np.log10(power.reshape(BANDS, -1).sum(axis=1) + 1e-6)


def dataset(n, fault=None, severity=1.0):
    return np.stack([bands(window(fault, severity)) for _ in range(n)])


def reconstruction(x):
    """The mean squared reconstruction error, as train takes a loss."""
    def loss(rows, y):
        d = y - x[rows]
        return np.mean(d**2), 2 * d / d.size
    return loss


def train(x, layers, loss, epochs=300, batch=64, rate=2e-3):
    """Adam on a loss, which gives value and gradient for the outputs of rows; returns [(W, b), …]."""
    params = []
    for i, o in zip(layers, layers[1:]):
        params += [rng.normal(0, np.sqrt(2 / i), (i, o)), np.zeros(o)]
    m, v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
    step = 0
    for epoch in range(epochs):
        for rows in np.array_split(rng.permutation(len(x)), len(x) // batch):
            a, pre = [x[rows]], []
            for k in range(0, len(params), 2):
                z = a[-1] @ params[k] + params[k + 1]
                pre.append(z)
                a.append(z if k == len(params) - 2 else np.maximum(z, 0))
            value, g = loss(rows, a[-1])
            grads = [None] * len(params)
            for k in range(len(params) - 2, -1, -2):
                grads[k], grads[k + 1] = a[k // 2].T @ g, g.sum(axis=0)
                if k:
                    g = (g @ params[k].T) * (pre[k // 2 - 1] > 0)
            step += 1
            for i, grad in enumerate(grads):
                m[i] = 0.9 * m[i] + 0.1 * grad
                v[i] = 0.999 * v[i] + 0.001 * grad**2
                params[i] -= rate * (m[i] / (1 - 0.9**step)) / (np.sqrt(v[i] / (1 - 0.999**step)) + 1e-8)
        if epoch % 50 == 49:
            print(f"epoch {epoch + 1}: loss {value:.4f}")
    return list(zip(params[::2], params[1::2]))


def float_model(params, name="vibration", output="reconstruction"):
    nodes, inits, value = [], [], "features"
    for i, (w, b) in enumerate(params):
        last = i == len(params) - 1
        inits += [numpy_helper.from_array(w.astype(np.float32), f"dense{i}.weight"),
                  numpy_helper.from_array(b.astype(np.float32), f"dense{i}.bias")]
        out = output if last else f"dense{i}"
        nodes.append(helper.make_node("Gemm", [value, f"dense{i}.weight", f"dense{i}.bias"], [out], name=f"dense{i}"))
        value = out
        if not last:
            nodes.append(helper.make_node("Relu", [value], [f"relu{i}"], name=f"relu{i}"))
            value = f"relu{i}"
    graph = helper.make_graph(nodes, name,
                              [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, len(params[0][0])])],
                              [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, len(params[-1][1])])], inits)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


class Reader(CalibrationDataReader):
    def __init__(self, rows):
        self.rows = iter(rows)

    def get_next(self):
        row = next(self.rows, None)
        return None if row is None else {"features": row[None].astype(np.float32)}


def quantize(fp32, int8, calibration):
    """Quantizes a float model file, for which calibration has inputs as they come."""
    quantize_static(fp32, int8, Reader(calibration), quant_format=QuantFormat.QDQ, activation_type=QuantType.QInt8,
                    weight_type=QuantType.QInt8, per_channel=False, op_types_to_quantize=["Gemm", "Relu"])


def outputs(path, x, options=None):
    session = InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return np.stack([session.run(None, {"features": r[None].astype(np.float32)})[0][0] for r in x])


def scores(path, x):
    return np.mean((outputs(path, x) - x) ** 2, axis=1)


def raw(path, x):
    """Inputs as the canonical model takes them: int8, quantized with the model's own input scale and zero point."""
    inits = {i.name: numpy_helper.to_array(i) for i in onnx.load(path).graph.initializer}
    scale, zero = inits["features_scale"], int(inits["features_zero_point"])
    return np.clip(np.rint(x.astype(np.float32) / np.float32(scale)) + zero, -128, 127).astype(np.int8)


def auc(healthy, faulty):
    """Area under the ROC curve: the chance that a faulty window scores above a healthy one."""
    return float(np.mean(faulty[:, None] > healthy[None, :]))


def main():
    global rng
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED, help="of the simulation and of training")
    parser.add_argument("--out", default="vibration.onnx", help="file name of the quantized model")
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    healthy = dataset(4_000)
    mean, deviation = healthy.mean(axis=0), healthy.std(axis=0)
    standardize = lambda rows: np.clip((rows - mean) / deviation, -6, 6)
    x = standardize(healthy)
    params = train(x, LAYERS, reconstruction(x))

    fp32, int8 = os.path.join(HERE, "vibration_fp32.onnx"), os.path.join(HERE, args.out)
    onnx.save(float_model(params), fp32)
    calibration = np.concatenate([x[:500]] + [standardize(dataset(20, f)) for f in ("outer-race", "inner-race", "ball")])
    quantize(fp32, int8, calibration)

    healthy = standardize(dataset(400))
    held_out = {f: standardize(dataset(200, f, severity=0.35)) for f in ("outer-race", "inner-race", "ball")}
    for path in (fp32, int8):
        base = scores(path, healthy)
        print(os.path.basename(path), "AUC:", {f: round(auc(base, scores(path, rows)), 4) for f, rows in held_out.items()},
              "healthy score p99:", round(float(np.percentile(base, 99)), 3))
    os.remove(fp32)
    if args.seed != SEED:
        return  # the samples are those of the first release: all releases take the same input

    os.makedirs(os.path.join(HERE, "samples"), exist_ok=True)
    for name, rows in {"healthy": healthy, **held_out}.items():
        raw(int8, rows[0]).tofile(os.path.join(HERE, "samples", f"{name}.bin"))


if __name__ == "__main__":
    main()

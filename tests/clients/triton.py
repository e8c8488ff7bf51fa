"""Talks to a server of the inference protocol with Triton's own Python client; see triton_test.go for the server.

    python triton.py http|grpc ADDRESS      the token, if one is needed, in ASSAY_TOKEN
"""
import importlib
import os
import sys

import numpy as np
from tritonclient.utils import InferenceServerException

PROTOCOL, ADDRESS = sys.argv[1:]
HTTP = PROTOCOL == "http"
triton = importlib.import_module(f"tritonclient.{PROTOCOL}")
TOKEN = os.environ.get("ASSAY_TOKEN")
VIBRATION, CAMERA = "acme/vibration", "acme/camera"
VERSION_ID = "channel-0:acme/vibration@1.2.0"


def headers():
    """New ones each time: the client writes into those that it is given."""
    return {"authorization": f"Bearer {TOKEN}"} if TOKEN else {}


def tensor(array, datatype, binary=True):
    given = triton.InferInput("input", list(array.shape), datatype)
    given.set_data_from_numpy(array, **({"binary_data": binary} if HTTP else {}))
    return given


def message(result):
    """The response without its data: a dict over HTTP, a protobuf message over gRPC."""
    return result.get_response()


def parameter(result, name):
    if HTTP:
        return message(result)["parameters"].get(name)
    value = message(result).parameters[name]
    return getattr(value, value.WhichOneof("parameter_choice"))


def refused(expected, call):
    try:
        call()
    except InferenceServerException as e:
        assert all(part in str(e) for part in expected), f"expected {expected} in {e}"
        return
    raise AssertionError(f"expected {expected}, got no error")


def health(client):
    assert client.is_server_live(headers=headers())
    assert client.is_server_ready(headers=headers())
    assert client.is_model_ready(VIBRATION, headers=headers())
    assert client.is_model_ready(VIBRATION, "1.2.0", headers=headers())
    if HTTP:
        assert not client.is_model_ready("nothing", headers=headers())


def metadata(client):
    as_json = {} if HTTP else {"as_json": True}
    server = client.get_server_metadata(headers=headers(), **as_json)
    assert server["name"] == "assay-sidecar" and "binary_tensor_data" in server["extensions"], server
    model = client.get_model_metadata(VIBRATION, "1.2.0", headers=headers(), **as_json)
    assert model["name"] == VIBRATION and model["versions"] == ["1.2.0"], model
    assert [int(n) for n in model["inputs"][0]["shape"]] == [1, 64], model
    assert (model["inputs"][0]["name"], model["inputs"][0]["datatype"]) == ("input", "INT8"), model
    assert model["outputs"][0]["name"] == "output", model


def infer(client):
    signed = np.arange(-32, 32, dtype=np.int8).reshape(1, 64)
    image = np.random.default_rng(1).integers(0, 256, (1, 3, 32, 32), dtype=np.uint8)
    for array, model, datatype in ((signed, VIBRATION, "INT8"), (image, CAMERA, "UINT8")):
        want = array.reshape(-1)[::-1].reshape(array.shape)
        for binary in (True, False) if HTTP else (True,):
            result = client.infer(model, [tensor(array, datatype, binary)], headers=headers())
            got = result.as_numpy("output")
            assert got.dtype == array.dtype and np.array_equal(got, want), (model, binary, got)
            outputs = [triton.InferRequestedOutput("output", **({"binary_data": binary} if HTTP else {}))]
            result = client.infer(model, [tensor(array, datatype, True)], outputs=outputs, headers=headers())
            assert np.array_equal(result.as_numpy("output"), want), (model, binary)


def facts(client):
    given = [tensor(np.zeros((1, 64), np.int8), "INT8")]
    result = client.infer(VIBRATION, given, model_version="1.2.0", request_id="r1", headers=headers())
    r = message(result)
    assert (r["id"], r["model_version"]) == ("r1", "1.2.0") if HTTP else (r.id, r.model_version) == ("r1", "1.2.0"), r
    assert parameter(result, "assay_version") == VERSION_ID
    assert parameter(result, "generation") == 3
    assert (parameter(result, "key"), parameter(result, "canary")) == ("r1", "unset")
    more = headers() | {"x-canary": "true", "x-assay-key": "caller-7"}
    result = client.infer(VIBRATION, given, priority=2, timeout=5_000_000, headers=more,
                          parameters={"assay_prove": True, "assay_receipt": True})
    assert (parameter(result, "key"), parameter(result, "canary")) == ("caller-7", "true")
    assert parameter(result, "batch") is True and parameter(result, "prove") is True
    assert parameter(result, "timeout") == "5s"
    assert '"attestation":12' in parameter(result, "assay_receipt")


def refusals(client):
    good = np.zeros((1, 64), np.int8)
    status = (lambda http, grpc: f"[{http}]") if HTTP else (lambda http, grpc: f"[StatusCode.{grpc}]")
    invalid = status(400, "INVALID_ARGUMENT")
    refused([status(404, "NOT_FOUND"), 'model "nothing"'], lambda: client.infer("nothing", [tensor(good, "INT8")], headers=headers()))
    refused([status(404, "NOT_FOUND"), 'version "9.9.9"'], lambda: client.infer(VIBRATION, [tensor(good, "INT8")], model_version="9.9.9", headers=headers()))
    refused([invalid, "shape: expected [1 64], got [64 1]"], lambda: client.infer(VIBRATION, [tensor(good.reshape(64, 1), "INT8")], headers=headers()))
    refused([invalid, 'datatype: expected INT8, got "FP32"'], lambda: client.infer(VIBRATION, [tensor(good.astype(np.float32), "FP32")], headers=headers()))
    refused([invalid, 'output "scores": expected "output"'], lambda: client.infer(
        VIBRATION, [tensor(good, "INT8")], outputs=[triton.InferRequestedOutput("scores")], headers=headers()))
    refused([status(429, "RESOURCE_EXHAUSTED"), "the queue is full: try again in 250ms"], lambda: client.infer(
        VIBRATION, [tensor(good, "INT8")], headers=headers(), parameters={"stream": "busy"}))
    if TOKEN:
        refused([status(401, "UNAUTHENTICATED"), "unauthorized"], lambda: client.infer(VIBRATION, [tensor(good, "INT8")]))


def many(client):
    """Requests under way side by side over a few connections."""
    arrays = [np.full((1, 64), n - 100, np.int8) for n in range(200)]
    if HTTP:
        pending = [client.async_infer(VIBRATION, [tensor(a, "INT8")], headers=headers()) for a in arrays]
        results = [p.get_result() for p in pending]
    else:
        import queue
        answers = queue.Queue()
        for n, a in enumerate(arrays):
            client.async_infer(VIBRATION, [tensor(a, "INT8")], lambda result, error, n=n: answers.put((n, result, error)), headers=headers())
        got = {n: (result, error) for n, result, error in (answers.get(timeout=30) for _ in arrays)}
        assert not [e for _, e in got.values() if e], [e for _, e in got.values() if e][0]
        results = [got[n][0] for n in range(len(arrays))]
    for a, r in zip(arrays, results):
        assert np.array_equal(r.as_numpy("output"), a)


client = triton.InferenceServerClient(ADDRESS, **({"concurrency": 4} if HTTP else {}))
for check in (health, metadata, infer, facts, refusals, many):
    check(client)
    print(f"{PROTOCOL}: {check.__name__}: ok")
client.close()

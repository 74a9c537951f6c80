"""PredictionLogs as the stock BulkInferrer writes them, a batch at a time.

What is said of a row is the request that TensorFlow Serving would have had and
its response. In a batch all logs are alike but for the record and the values, so
that they are put together from bytes that are made once; the numbers of the
fields come from the protos' own descriptors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tidegate.bulk_inferrer.signature import Signature
from tidegate.errors import ComponentError

Array = npt.NDArray[Any]
Logs: TypeAlias = "Callable[[Sequence[bytes], Mapping[str, Array]], list[bytes]]"
_PREDICT = "tensorflow/serving/predict"
_CLASSIFY = "tensorflow/serving/classify"
_REGRESS = "tensorflow/serving/regress"
# What tfx_bsl calls the request where a model does not take one of records.
_INPUTS = "inputs"
_BYTES = 2
# What TensorFlow packs as they are where there are several: `tensor_content`.
_PACKED = ("float32", "float64", "int32", "int64")
_SINGLE = {"float32": "float_val", "float64": "double_val"}


def logs_of(signature: Signature) -> Logs:
    """What makes the serialized logs of a batch, of its records and outputs.

    Raises:
        ComponentError: The signature is of a method that nobody knows.
    """
    if signature.method == _CLASSIFY:
        return _classified
    if signature.method == _REGRESS:
        return _regressed
    if signature.method == _PREDICT:
        return _Predicted(signature)
    raise ComponentError(
        "the signature is of an unknown method",
        where=f"signature {signature.name!r}",
        expected=f"{_PREDICT}, {_CLASSIFY} or {_REGRESS}",
        got=signature.method or "none",
        fix="export the model with tf.saved_model.save",
    )


class _Predicted:
    """Logs of a signature that predicts."""

    def __init__(self, signature: Signature) -> None:
        from tensorflow_serving.apis import (  # type: ignore[import-untyped]
            predict_pb2,
            prediction_log_pb2,
        )

        log = _numbers(prediction_log_pb2.PredictionLog)
        predict = _numbers(prediction_log_pb2.PredictLog)
        request = _numbers(predict_pb2.PredictRequest)
        response = _numbers(predict_pb2.PredictResponse)
        spec = predict_pb2.PredictRequest().model_spec
        spec.signature_name = signature.name
        said = spec.SerializeToString()
        self._spec = _field(request["model_spec"], said)
        self._response_spec = _field(response["model_spec"], said)
        self._outputs = response["outputs"]
        self._alias = _text_key(signature.takes_records or _INPUTS)
        self._nesting = (log["predict_log"], predict["request"], request["inputs"])
        self._response = predict["response"]
        self._tensor, self._record = _record_tensor()

    def __call__(
        self, records: Sequence[bytes], outputs: Mapping[str, Array]
    ) -> list[bytes]:
        """The log of each record."""
        made: list[bytes] = []
        heads: dict[tuple[int, int], bytes] = {}
        for record, answer in zip(
            records, self._answers(outputs, len(records)), strict=True
        ):
            size = (len(record), len(answer))
            head = heads.get(size)
            if head is None:
                head = heads[size] = self._head(*size)
            made.append(head + record + answer)
        return made

    def _head(self, record: int, answer: int) -> bytes:
        """All that stands before a record of such a length."""
        log, request, inputs = self._nesting
        tensor = self._tensor + _start(self._record, record)
        entry = self._alias + _start(_BYTES, len(tensor) + record) + tensor
        given = self._spec + _start(inputs, len(entry) + record) + entry
        asked = _start(request, len(given) + record) + given
        return _start(log, len(asked) + record + answer) + asked

    def _answers(self, outputs: Mapping[str, Array], rows: int) -> Iterator[bytes]:
        """The response to each record, as a field of its log."""
        pieces = [self._entries(name, output, rows) for name, output in outputs.items()]
        for parts in zip(*pieces, strict=True):
            yield _field(self._response, b"".join(parts) + self._response_spec)

    def _entries(self, name: str, output: Array, rows: int) -> Iterator[bytes]:
        """One output in the response to each record."""
        key = _text_key(name)
        for tensor in _tensors(output, rows):
            yield _field(self._outputs, key + _field(_BYTES, tensor))


def _tensors(output: Array, rows: int) -> Iterator[bytes]:
    """Each line of an output as a serialized TensorProto of one row."""
    size = int(np.prod(output.shape[1:], dtype=np.int64))
    name = output.dtype.name
    if len(output) == rows and size > 1 and name in _PACKED:
        yield from _fixed(output, size, "tensor_content")
    elif len(output) == rows and size == 1 and name in _SINGLE:
        yield from _fixed(output, size, _SINGLE[name])
    else:
        yield from _any(output)


def _fixed(output: Array, size: int, field: str) -> Iterator[bytes]:
    """Tensors whose values take the same bytes in every row."""
    from tensorflow.core.framework import tensor_pb2

    width = size * output.dtype.itemsize
    before = _described(output) + _start(_numbers(tensor_pb2.TensorProto)[field], width)
    plain = np.ascontiguousarray(output, output.dtype.newbyteorder("<")).tobytes()
    for start in range(0, len(plain), width):
        yield before + plain[start : start + width]


def _any(output: Array) -> Iterator[bytes]:
    import tensorflow as tf

    dtype = tf.as_dtype(output.dtype).as_datatype_enum
    for values in output:
        shape = (1, *np.shape(values))
        yield tf.make_tensor_proto(
            values=values, dtype=dtype, shape=shape
        ).SerializeToString()


def _described(output: Array) -> bytes:
    """Type and shape of one line of an output."""
    import tensorflow as tf
    from tensorflow.core.framework import tensor_pb2

    proto = tensor_pb2.TensorProto(dtype=tf.as_dtype(output.dtype).as_datatype_enum)
    for size in (1, *output.shape[1:]):
        proto.tensor_shape.dim.add().size = size
    return bytes(proto.SerializeToString())


def _record_tensor() -> tuple[bytes, int]:
    """A tensor of one text but for the text, and the number of that field."""
    import tensorflow as tf
    from tensorflow.core.framework import tensor_pb2

    proto = tensor_pb2.TensorProto(dtype=tf.string.as_datatype_enum)
    proto.tensor_shape.dim.add().size = 1
    numbers = _numbers(tensor_pb2.TensorProto)
    return bytes(proto.SerializeToString()), numbers["string_val"]


def _classified(records: Sequence[bytes], outputs: Mapping[str, Array]) -> list[bytes]:
    """Logs of a signature that classifies: labels and scores, or one of them."""
    from tensorflow_serving.apis import prediction_log_pb2

    labels, scores = outputs.get("classes"), outputs.get("scores")
    made = []
    for row, record in enumerate(records):
        log = prediction_log_pb2.PredictionLog().classify_log
        log.request.input.example_list.examples.add().ParseFromString(record)
        answer = log.response.result.classifications.add()
        for _ in range(next(iter(outputs.values())).shape[1]):
            answer.classes.add()
        for place, one in enumerate(answer.classes):
            if labels is not None:
                one.label = labels[row][place]
            if scores is not None:
                one.score = scores[row][place]
        made.append(_as_log("classify_log", log))
    return made


def _regressed(records: Sequence[bytes], outputs: Mapping[str, Array]) -> list[bytes]:
    """Logs of a signature that gives one number a row."""
    from tensorflow_serving.apis import prediction_log_pb2

    made = []
    values = outputs["outputs"].reshape(len(records))
    for record, value in zip(records, values, strict=True):
        log = prediction_log_pb2.PredictionLog().regress_log
        log.request.input.example_list.examples.add().ParseFromString(record)
        log.response.result.regressions.add().value = value
        made.append(_as_log("regress_log", log))
    return made


def _as_log(kind: str, message: Any) -> bytes:
    from tensorflow_serving.apis import prediction_log_pb2

    number = _numbers(prediction_log_pb2.PredictionLog)[kind]
    return _field(number, message.SerializeToString())


def _numbers(message: Any) -> dict[str, int]:
    return {field.name: field.number for field in message.DESCRIPTOR.fields}


def _text_key(text: str) -> bytes:
    """The key of an entry of a map, which is its field 1; the value is field 2."""
    return _field(1, text.encode())


def _field(number: int, content: bytes) -> bytes:
    return _start(number, len(content)) + content


def _start(number: int, length: int) -> bytes:
    """What stands before a field of such a length (wire type 2)."""
    return _varint(number << 3 | 2) + _varint(length)


def _varint(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)

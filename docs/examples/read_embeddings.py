"""Reads a topic of embeddings in JSON, of any encoding. Needs confluent-kafka and numpy.

    python3 read_embeddings.py localhost:9092 embeddings [SPACE]
"""

import base64
import json
import sys

import numpy as np
from confluent_kafka import Consumer


def vector(numbers, encoding, scale, dimensions):
    """The vector of a field, as float32; near the vector that was embedded if the encoding loses something."""
    if encoding == "float32":
        return np.array(numbers, dtype="<f4")
    if encoding == "base64":
        return np.frombuffer(base64.b64decode(numbers), dtype="<f4")
    if encoding == "float32-bytes":  # Avro and Protobuf
        return np.frombuffer(numbers, dtype="<f4")
    if isinstance(numbers, list):  # JSON has no bytes, but signed numbers
        numbers = np.array(numbers, dtype=np.int8).tobytes()
    if encoding == "int8":
        return np.frombuffer(numbers, dtype=np.int8).astype(np.float32) * np.float32(scale)
    if encoding == "binary":
        bits = np.unpackbits(np.frombuffer(numbers, dtype=np.uint8), count=dimensions)
        return (2.0 * bits - 1.0).astype(np.float32) / np.float32(np.sqrt(dimensions))
    raise ValueError("unknown encoding " + encoding)


def decode(value):
    """Space, text and vector of a record of the profile canonical, or of flat and its like."""
    record = json.loads(value)
    flat = "streambed_space" in record
    prefix = "streambed_" if flat else ""
    space = record.get(prefix + "space")
    dimensions = int(space.split("?dimensions=")[1].split("&")[0]) if flat else record["dimensions"]
    encoding = record.get(prefix + "encoding", "float32")
    return space, record.get("text"), vector(record["embedding"], encoding, record.get(prefix + "scale"), dimensions)


def main(servers, topic, wanted=None):
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "read-embeddings-python",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",  # or it reads what is rolled back later
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic])
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise RuntimeError(message.error())
        key = message.key()
        if message.value() is None:
            print("delete", key)
        else:
            space, text, components = decode(message.value())
            if wanted is not None and space != wanted:
                raise ValueError(f"The vector of {key} is of {space}, which does not compare with {wanted}.")
            print("store", key, len(components), "dimensions", "without a text" if text is None else "")
        consumer.commit(message)


if __name__ == "__main__":
    main(*sys.argv[1:])

package dev.streambed.jobs.format;

import static dev.streambed.jobs.format.BadInput.MEGABYTE;
import static dev.streambed.jobs.format.BadInput.OF_A_REGISTRY;
import static dev.streambed.jobs.format.BadInput.tenThousandFields;
import static dev.streambed.jobs.format.BadInput.utf8;

import dev.streambed.jobs.format.BadInput.Kind;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.nio.ByteBuffer;
import java.util.stream.Stream;

/** Bad keys; those of Avro are in {@link BadAvro}. Keys of no format at all are always taken. */
final class BadKeys {

  private BadKeys() {}

  static Stream<BadInput> formats() {
    return Stream.of(json(), numbers(), protobuf());
  }

  private static BadInput json() {
    return BadInput.ofKeys(
            "keys of JSON", KeyFormat.JSON, FormatOptions.NONE, utf8("{\"id\":\"Kettle\"}"))
        .withJson()
        .taking(Kind.TEN_THOUSAND_FIELDS, utf8(tenThousandFields()))
        .taking(Kind.HUGE_NUMBER, utf8("{\"id\":1e999999999}"))
        .with(Kind.NO_NUMBER, utf8("{\"id\":NaN}"), Reason.INVALID_JSON);
  }

  private static BadInput numbers() {
    return BadInput.ofKeys("keys of numbers", KeyFormat.LONG, FormatOptions.NONE, number(42))
        .with(Kind.EMPTY, new byte[0], Reason.INVALID_VALUE)
        .with(Kind.WRONG_SCHEMA_ID, OF_A_REGISTRY, Reason.INVALID_VALUE)
        .with(Kind.MEGABYTE_OF_NESTING, utf8("[".repeat(MEGABYTE)), Reason.INVALID_VALUE)
        .with(Kind.TEN_THOUSAND_FIELDS, utf8(tenThousandFields()), Reason.INVALID_VALUE)
        .taking(Kind.HUGE_NUMBER, number(Long.MIN_VALUE))
        .taking(Kind.NO_NUMBER, number(Double.doubleToLongBits(Double.NaN)));
  }

  private static byte[] number(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private static BadInput protobuf() {
    return BadInput.ofKeys(
            "keys of Protobuf",
            KeyFormat.PROTOBUF,
            BadProtobuf.options(),
            BadProtobuf.kettle(12.5, 0))
        .taking(Kind.EMPTY, new byte[0])
        .with(Kind.WRONG_SCHEMA_ID, new byte[] {0, 0, 0, 0, 7, 2, 2}, Reason.WRONG_TYPE)
        .with(Kind.MEGABYTE_OF_NESTING, utf8("{".repeat(MEGABYTE)), Reason.INVALID_PROTOBUF)
        .with(Kind.TEN_THOUSAND_FIELDS, BadProtobuf.tenThousandFields(), Reason.WRONG_TYPE)
        .taking(Kind.HUGE_NUMBER, BadProtobuf.kettle(1e300, Long.MAX_VALUE))
        .taking(Kind.NO_NUMBER, BadProtobuf.kettle(Double.NaN, 0))
        .with("cut off", new byte[] {0x12, 127}, Reason.INVALID_PROTOBUF);
  }
}

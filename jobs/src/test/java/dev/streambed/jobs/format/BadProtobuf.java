package dev.streambed.jobs.format;

import static dev.streambed.jobs.format.BadInput.KETTLE;
import static dev.streambed.jobs.format.BadInput.MEGABYTE;
import static dev.streambed.jobs.format.BadInput.joined;
import static dev.streambed.jobs.format.BadInput.mapping;
import static dev.streambed.jobs.format.BadInput.utf8;

import com.google.protobuf.CodedOutputStream;
import dev.streambed.jobs.format.BadInput.Kind;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.protobuf.MessageType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Bad Protobuf. */
final class BadProtobuf {
  /** Compiled from the file of the same name beside it, which has a field of every type. */
  private static final Path DESCRIPTORS =
      Path.of("../schemas/src/test/resources/dev/streambed/schemas/protobuf/articles.binpb");

  private static final long UPDATED_SECONDS = 1_795_914_123;

  /** A registry's, with the first type of the file. */
  private static final byte[] FRAME = {0, 0, 0, 0, 7, 0};

  static final RecordMapping MAPPING = mapping(Envelope.NONE, "{/title}{/body_text/en}");

  private BadProtobuf() {}

  static Stream<BadInput> formats() {
    byte[] whole = kettle(12.5, UPDATED_SECONDS);
    return Stream.of(
        with(BadInput.of("Protobuf", format(MAPPING), whole), new byte[0])
            .with(Kind.EMPTY, new byte[0], Reason.EMPTY_TEXT)
            .with(Kind.WRONG_SCHEMA_ID, new byte[] {0, 0, 0, 0, 9, 2, 2}, Reason.WRONG_TYPE),
        with(BadInput.of("Protobuf of a registry", format(MAPPING), joined(FRAME, whole)), FRAME)
            .with(Kind.EMPTY, FRAME, Reason.EMPTY_TEXT)
            .with(Kind.WRONG_SCHEMA_ID, new byte[] {0, 0, 0, 0, 9, 2, 2}, Reason.WRONG_TYPE)
            .with("no indexes", new byte[] {0, 0, 0, 0, 7}, Reason.INVALID_PROTOBUF));
  }

  private static BadInput with(BadInput input, byte[] frame) {
    byte[] noUtf8 = {0x12, 1, (byte) 0xff};
    return input
        .with(
            Kind.MEGABYTE_OF_NESTING,
            joined(frame, utf8("{".repeat(MEGABYTE))),
            Reason.INVALID_PROTOBUF)
        .with(Kind.TEN_THOUSAND_FIELDS, joined(frame, tenThousandFields()), Reason.WRONG_TYPE)
        .with(Kind.HUGE_NUMBER, joined(frame, kettle(1, Long.MAX_VALUE)), Reason.INVALID_VALUE)
        .with(Kind.NO_NUMBER, joined(frame, kettle(Double.NaN, 0)), Reason.INVALID_VALUE)
        .with("infinite", joined(frame, kettle(Double.NEGATIVE_INFINITY, 0)), Reason.INVALID_VALUE)
        .with("JSON", joined(frame, utf8(KETTLE)), Reason.INVALID_PROTOBUF)
        .with(
            "a length beyond the end",
            joined(frame, new byte[] {0x12, 127}),
            Reason.INVALID_PROTOBUF)
        .with("no UTF-8", joined(frame, noUtf8), Reason.INVALID_PROTOBUF);
  }

  static RecordFormat format(RecordMapping mapping) {
    return new RecordFormat(TextFormat.PROTOBUF, KeyFormat.STRING, mapping, options());
  }

  static FormatOptions options() {
    try {
      byte[] descriptors = Files.readAllBytes(DESCRIPTORS);
      return new FormatOptions(
          /* schema= */ null,
          /* registry= */ null,
          MessageType.find(descriptors, "shop.Article"),
          MessageType.find(descriptors, "shop.Article"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] kettle(double price, long updatedSeconds) {
    byte[] body = message(out -> out.writeString(1, "Boils water."));
    byte[] stock =
        message(
            out -> {
              out.writeString(1, "kitchen");
              out.writeInt32(2, 7);
            });
    byte[] variant = message(out -> out.writeString(2, "Kettle"));
    return message(
        out -> {
          out.writeInt64(1, 42);
          out.writeString(2, "Kettle");
          out.writeByteArray(3, body);
          out.writeString(4, "kitchen");
          out.writeDouble(5, price);
          out.writeFloat(6, 0.1f);
          out.writeUInt64(7, -1);
          out.writeBool(8, true);
          out.writeEnum(9, 1);
          out.writeByteArray(10, new byte[] {1, -1});
          out.writeByteArray(11, stock);
          out.writeByteArray(13, new byte[] {1, 4}); // packed
          out.writeFixed32(14, 5);
          out.writeByteArray(15, message(time -> time.writeInt64(1, updatedSeconds)));
          out.writeInt32(17, 3);
          out.writeByteArray(18, variant);
        });
  }

  static byte[] tenThousandFields() {
    return message(
        out -> {
          for (int field = 100; field < 10_100; field++) {
            out.writeInt32(field, field);
          }
        });
  }

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Fields fields) {
    var bytes = new ByteArrayOutputStream();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}

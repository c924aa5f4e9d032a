package dev.streambed.jobs.format;

import com.google.protobuf.CodedOutputStream;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.protobuf.MessageType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A format, bytes that it takes, and bytes that it must refuse. A format joins {@link BadInputTest}
 * by an element of {@link #formats}.
 *
 * @param key whether the bytes are those of keys, not of values
 */
@SuppressWarnings("ArrayRecordComponent") // bytes of a record, never compared
record BadInput(String name, RecordFormat format, boolean key, byte[] whole, List<Case> cases) {
  private static final int MEGABYTE = 1 << 20;

  /** A document with all that the mapping takes. */
  private static final String KETTLE =
      """
      {"id":42,"title":"Kettle","body":"Boils water.","tags":["kitchen"],"price":12.5,
       "updated":"2026-11-29T01:02:03Z"}""";

  private static final RecordMapping MAPPING = mapping(Envelope.NONE);

  /** Bytes that are refused. */
  @SuppressWarnings("ArrayRecordComponent") // as above
  record Case(BadInput input, String name, byte[] bytes, Reason reason) {
    @Override
    public String toString() {
      return input.name + ": " + name;
    }
  }

  static Stream<BadInput> formats() {
    return Stream.of(
        ownJson(), json(), debezium(), plainText(), protobuf(), framed(), jsonKey(), protobufKey());
  }

  private static BadInput ownJson() {
    return new BadInput(
            "our own JSON",
            format(TextFormat.JSON, /* mapping= */ null),
            utf8("{\"schemaVersion\":1,\"text\":\"Kettle\",\"metadata\":{\"a\":\"water\"}}"))
        .with("empty", new byte[0], Reason.WRONG_TYPE)
        .with("of a registry", new byte[] {0, 0, 0, 0, 7, 'x'}, Reason.INVALID_JSON)
        .with("1 MB of arrays", utf8("{\"text\":" + "[".repeat(MEGABYTE)), Reason.WRONG_TYPE)
        .with("no UTF-8", new byte[] {'{', (byte) 0xff}, Reason.INVALID_UTF8)
        .with(
            "no number", utf8("{\"text\":\"Kettle\",\"eventTimeMillis\":NaN}"), Reason.INVALID_JSON)
        .with(
            "huge",
            utf8("{\"text\":\"Kettle\",\"eventTimeMillis\":1e999999999}"),
            Reason.WRONG_TYPE)
        .with("10,000 fields", utf8(manyFields()), Reason.UNKNOWN_PROPERTY);
  }

  private static BadInput json() {
    return new BadInput("JSON", format(TextFormat.JSON, MAPPING), utf8(KETTLE))
        .withJson()
        .with("no number", utf8(KETTLE.replace("12.5", "NaN")), Reason.INVALID_JSON)
        .with("huge number", utf8(KETTLE.replace("12.5", "1e999999999")), Reason.INVALID_VALUE)
        .with("huge exponent", utf8(KETTLE.replace("12.5", "1e99999999999")), Reason.OVER_LIMIT)
        .with(
            "huge time", utf8(KETTLE.replaceFirst("\"2026[^\"]*\"", "1e99")), Reason.INVALID_VALUE)
        .with("10,000 fields", utf8(manyFields()), Reason.EMPTY_TEXT);
  }

  private static BadInput debezium() {
    return new BadInput(
            "Debezium",
            format(TextFormat.JSON, mapping(Envelope.DEBEZIUM)),
            utf8("{\"op\":\"c\",\"after\":" + KETTLE + "}"))
        .withJson()
        .with("a document without envelope", utf8(KETTLE), Reason.MISSING_PROPERTY)
        .with("no row", utf8("{\"op\":\"c\",\"after\":7}"), Reason.MISSING_PROPERTY)
        .with("JSON in a string", utf8("{\"op\":\"c\",\"after\":\"water\"}"), Reason.INVALID_JSON);
  }

  private static BadInput jsonKey() {
    return new BadInput(
            "keys of JSON",
            new RecordFormat(TextFormat.PLAIN_TEXT, KeyFormat.JSON, /* mapping= */ null),
            /* key= */ true,
            utf8("{\"id\":\"Kettle\"}"),
            List.of())
        .withJson();
  }

  private static BadInput protobufKey() {
    return new BadInput(
            "keys of Protobuf",
            new RecordFormat(
                TextFormat.PLAIN_TEXT,
                KeyFormat.PROTOBUF,
                /* mapping= */ null,
                protobufFormat(MAPPING).options()),
            /* key= */ true,
            kettle(12.5, 0),
            List.of())
        .with("cut off", new byte[] {0x12, 127}, Reason.INVALID_PROTOBUF)
        .with("of another type", new byte[] {0, 0, 0, 0, 7, 2, 2}, Reason.WRONG_TYPE);
  }

  private static BadInput plainText() {
    return new BadInput(
            "plain text",
            format(TextFormat.PLAIN_TEXT, /* mapping= */ null),
            utf8("Kettle with water"))
        .with("empty", new byte[0], Reason.EMPTY_TEXT)
        .with("of a registry", new byte[] {0, 0, 0, 0, 7, 'x'}, Reason.NOT_TEXT)
        .with("1 MB of NUL", new byte[MEGABYTE], Reason.NOT_TEXT)
        .with("no UTF-8", new byte[] {'K', (byte) 0xff}, Reason.INVALID_UTF8);
  }

  private static BadInput protobuf() {
    return new BadInput("Protobuf", protobufFormat(MAPPING), kettle(12.5, 1_795_914_123))
        .withProtobuf("");
  }

  private static BadInput framed() {
    byte[] whole = joined(new byte[] {0, 0, 0, 0, 7, 0}, kettle(12.5, 1_795_914_123));
    return new BadInput("Protobuf of a registry", protobufFormat(MAPPING), whole)
        .withProtobuf("\0\0\0\0\7\0")
        .with("another message", new byte[] {0, 0, 0, 0, 7, 2, 2}, Reason.WRONG_TYPE)
        .with("no indexes", new byte[] {0, 0, 0, 0, 7}, Reason.INVALID_PROTOBUF);
  }

  /** What no JSON is, whatever the mapping. */
  private BadInput withJson() {
    return with("empty", new byte[0], Reason.INVALID_JSON)
        .with("of a registry", new byte[] {0, 0, 0, 0, 7, 'x'}, Reason.INVALID_JSON)
        .with("1 MB of arrays", utf8("{\"text\":" + "[".repeat(MEGABYTE)), Reason.OVER_LIMIT)
        .with("1 MB of objects", utf8("{\"title\":".repeat(MEGABYTE / 9)), Reason.OVER_LIMIT)
        .with("no UTF-8", new byte[] {'{', (byte) 0xff}, Reason.INVALID_UTF8);
  }

  private BadInput withProtobuf(String prefix) {
    byte[] frame = utf8(prefix);
    byte[] many =
        message(
            out -> {
              for (int field = 100; field < 10_100; field++) {
                out.writeInt32(field, field);
              }
            });
    return with("empty", frame, Reason.EMPTY_TEXT)
        .with("JSON", joined(frame, utf8(KETTLE)), Reason.INVALID_PROTOBUF)
        .with("1 MB of groups", joined(frame, utf8("{".repeat(MEGABYTE))), Reason.INVALID_PROTOBUF)
        .with("10,000 fields", joined(frame, many), Reason.EMPTY_TEXT)
        .with("no number", joined(frame, kettle(Double.NaN, 0)), Reason.INVALID_VALUE)
        .with("infinite", joined(frame, kettle(Double.NEGATIVE_INFINITY, 0)), Reason.INVALID_VALUE)
        .with("huge time", joined(frame, kettle(1, Long.MAX_VALUE)), Reason.INVALID_VALUE)
        .with(
            "a length beyond the end",
            joined(frame, new byte[] {0x12, 127}),
            Reason.INVALID_PROTOBUF)
        .with(
            "no UTF-8", joined(frame, new byte[] {0x12, 1, (byte) 0xff}), Reason.INVALID_PROTOBUF);
  }

  private BadInput(String name, RecordFormat format, byte[] whole) {
    this(name, format, /* key= */ false, whole, List.of());
  }

  private BadInput with(String caseName, byte[] bytes, Reason reason) {
    List<Case> more = new ArrayList<>(cases);
    more.add(new Case(this, caseName, bytes, reason));
    return new BadInput(name, format, key, whole, more);
  }

  /** A record with such bytes as its key or value. */
  SourceRecord record(byte[] bytes) {
    return new SourceRecord(
        new SourcePosition("texts", 0, 0),
        1,
        key ? bytes : null,
        key ? utf8("text") : bytes,
        List.of());
  }

  @Override
  public String toString() {
    return name;
  }

  private static String manyFields() {
    return IntStream.range(0, 10_000)
        .mapToObj(i -> "\"field " + i + "\":" + i)
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static RecordFormat format(TextFormat value, @Nullable RecordMapping mapping) {
    return new RecordFormat(value, KeyFormat.STRING, mapping);
  }

  static RecordFormat protobufFormat(RecordMapping mapping) {
    try {
      byte[] descriptors = Files.readAllBytes(Path.of("../docs/examples/articles.binpb"));
      return new RecordFormat(
          TextFormat.PROTOBUF,
          KeyFormat.STRING,
          mapping,
          new FormatOptions(
              /* schema= */ null,
              /* registry= */ null,
              MessageType.find(descriptors, "shop.Article"),
              MessageType.find(descriptors, "shop.Article")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RecordMapping mapping(Envelope envelope) {
    return new RecordMapping(
        envelope,
        Template.parse("{/title}{/body}"),
        Template.parse("{/id}"),
        MetadataMapping.parse(List.of("/price", "/tags")),
        Pointer.parse("/updated"),
        /* prompt= */ null);
  }

  /** An Article of docs/examples/articles.proto. */
  static byte[] kettle(double price, long updatedSeconds) {
    byte[] updated = message(out -> out.writeInt64(1, updatedSeconds));
    return message(
        out -> {
          out.writeInt64(1, 42);
          out.writeString(2, "Kettle");
          out.writeString(3, "Boils water.");
          out.writeString(4, "kitchen");
          out.writeDouble(5, price);
          out.writeByteArray(6, updated);
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

  private static byte[] joined(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

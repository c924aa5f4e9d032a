package dev.streambed.jobs.format;

import dev.streambed.jobs.registry.FakeRegistry;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
  static final int MEGABYTE = 1 << 20;

  /** A document with all that the mapping takes. */
  static final String KETTLE =
      """
      {"id":42,"title":"Kettle","body":"Boils water.","tags":["kitchen"],"price":12.5,
       "updated":"2026-11-29T01:02:03Z"}""";

  /** A record in a registry's wire format, of a schema that it does not have. */
  static final byte[] OF_A_REGISTRY = {0, 0, 0, 0, 99, 'x'};

  /** Values for each format, beside beginnings of a record, random bytes and its own. */
  enum Kind {
    EMPTY,
    WRONG_SCHEMA_ID,
    MEGABYTE_OF_NESTING,
    TEN_THOUSAND_FIELDS,
    HUGE_NUMBER,
    NO_NUMBER
  }

  /**
   * Bytes, and what becomes of them.
   *
   * @param kind null for a case of one format
   * @param reason null if they are a record of this format
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  record Case(
      BadInput input, @Nullable Kind kind, String name, byte[] bytes, @Nullable Reason reason) {
    @Override
    public String toString() {
      return input.name + ": " + name;
    }
  }

  static Stream<BadInput> formats(FakeRegistry registry) {
    return Stream.of(
            BadText.formats(), BadProtobuf.formats(), BadAvro.formats(registry), BadKeys.formats())
        .flatMap(formats -> formats);
  }

  static BadInput of(String name, RecordFormat format, byte[] whole) {
    return new BadInput(name, format, /* key= */ false, whole, List.of());
  }

  static BadInput ofKeys(String name, KeyFormat keys, FormatOptions options, byte[] whole) {
    var format = new RecordFormat(TextFormat.PLAIN_TEXT, keys, /* mapping= */ null, options);
    return new BadInput(name, format, /* key= */ true, whole, List.of());
  }

  /** Bytes that are refused. */
  BadInput with(Kind kind, byte[] bytes, Reason reason) {
    return with(new Case(this, kind, name(kind), bytes, reason));
  }

  /** Bytes that only this format must refuse. */
  BadInput with(String caseName, byte[] bytes, Reason reason) {
    return with(new Case(this, /* kind= */ null, caseName, bytes, reason));
  }

  /** Bytes that are as good as any in this format. */
  BadInput taking(Kind kind, byte[] bytes) {
    return with(new Case(this, kind, name(kind), bytes, /* reason= */ null));
  }

  private BadInput with(Case added) {
    List<Case> more = new ArrayList<>(cases);
    more.add(added);
    return new BadInput(name, format, key, whole, more);
  }

  private static String name(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Values that are no JSON, whatever the mapping. */
  BadInput withJson() {
    return with(Kind.EMPTY, new byte[0], Reason.INVALID_JSON)
        .with(Kind.WRONG_SCHEMA_ID, OF_A_REGISTRY, Reason.INVALID_JSON)
        .with(
            Kind.MEGABYTE_OF_NESTING, utf8("{\"text\":" + "[".repeat(MEGABYTE)), Reason.OVER_LIMIT)
        .with("1 MB of objects", utf8("{\"title\":".repeat(MEGABYTE / 9)), Reason.OVER_LIMIT)
        .with("no UTF-8", new byte[] {'{', (byte) 0xff}, Reason.INVALID_UTF8);
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

  static RecordMapping mapping(Envelope envelope, String text) {
    return new RecordMapping(
        envelope,
        Template.parse(text),
        Template.parse("{/id}"),
        MetadataMapping.parse(List.of("/price", "/tags")),
        Pointer.parse("/updated"),
        /* prompt= */ null);
  }

  static String tenThousandFields() {
    return IntStream.range(0, 10_000)
        .mapToObj(i -> "\"field " + i + "\":" + i)
        .collect(Collectors.joining(",", "{", "}"));
  }

  static byte[] joined(byte[]... parts) {
    var joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

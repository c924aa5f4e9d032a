package dev.streambed.jobs.format;

import static dev.streambed.jobs.format.BadInput.KETTLE;
import static dev.streambed.jobs.format.BadInput.MEGABYTE;
import static dev.streambed.jobs.format.BadInput.OF_A_REGISTRY;
import static dev.streambed.jobs.format.BadInput.joined;
import static dev.streambed.jobs.format.BadInput.mapping;
import static dev.streambed.jobs.format.BadInput.utf8;

import dev.streambed.jobs.format.BadInput.Kind;
import dev.streambed.jobs.registry.FakeRegistry;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/** Bad Avro: of a schema file, of a registry with and without one, Debezium's, keys. */
final class BadAvro {
  private static final String ARTICLE =
      """
      {"type":"record","name":"Article","fields":[
       {"name":"id","type":"long"},{"name":"title","type":["null","string"]},{"name":"body","type":"string"},
       {"name":"tags","type":{"type":"array","items":"string"}},{"name":"price","type":"double"},
       {"name":"updated","type":{"type":"long","logicalType":"timestamp-millis"}},
       {"name":"stock","type":{"type":"map","values":["null","int"]}},
       {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["NEW","USED"]}},{"name":"sold","type":"boolean"},
       {"name":"weight","type":"float"},{"name":"picture","type":"bytes"},
       {"name":"hash","type":{"type":"fixed","name":"Hash","size":2}},
       {"name":"cost","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
       {"name":"day","type":{"type":"int","logicalType":"date"}},
       {"name":"time","type":{"type":"int","logicalType":"time-millis"}},{"name":"next","type":["null","Article"]}]}""";

  /** To read with: another order, a default, an alias, a wider number. */
  private static final String READER =
      """
      {"type":"record","name":"Article","fields":[
       {"name":"price","type":"double"},{"name":"id","type":"double"},{"name":"language","type":"string","default":"en"},
       {"name":"tags","type":{"type":"array","items":"string"}},{"name":"title","type":["null","string"]},
       {"name":"text","aliases":["body"],"type":"string"},{"name":"updated","type":"long"}]}""";

  private static final Schema SCHEMA = new Schema.Parser().parse(ARTICLE);

  private static final long UPDATED = 1_795_914_123_000L;

  private BadAvro() {}

  /** The formats; the registry has their schemas from now on. */
  static Stream<BadInput> formats(FakeRegistry registry) {
    registry.put(7, ARTICLE.replace("\n", " "), "[]");
    registry.put(8, "{\"type\":\"record\",\"name\":\"Many\",\"fields\":[" + many() + "]}", "[]");
    registry.put(
        9,
        "{\"type\":\"record\",\"name\":\"Envelope\",\"fields\":[{\"name\":\"op\",\"type\":\"string\"},{\"name\":\"after\",\"type\":[\"null\","
            + ARTICLE.replace("\n", " ")
            + "]}]}",
        "[]");
    return Stream.of(
        file(),
        ofRegistry("Avro of a registry", registry, /* reader= */ null),
        ofRegistry("Avro read with another schema", registry, READER),
        debezium(registry),
        key(registry));
  }

  private static BadInput file() {
    var options = new FormatOptions(ARTICLE, null, null, null);
    return with(
            BadInput.of("Avro of a file", format(KeyFormat.STRING, options), kettle(12.5, UPDATED)),
            new byte[0])
        .with(Kind.EMPTY, new byte[0], Reason.INVALID_AVRO)
        .with(Kind.WRONG_SCHEMA_ID, OF_A_REGISTRY, Reason.INVALID_AVRO)
        .with(Kind.MEGABYTE_OF_NESTING, nested(), Reason.OVER_LIMIT)
        .with(
            Kind.TEN_THOUSAND_FIELDS,
            joined(kettle(12.5, UPDATED), new byte[10_000]),
            Reason.INVALID_AVRO)
        .with(
            "another schema",
            joined(HexFormat.of().parseHex("c3010102030405060708"), kettle(12.5, UPDATED)),
            Reason.INVALID_AVRO);
  }

  private static BadInput ofRegistry(String name, FakeRegistry registry, @Nullable String reader) {
    var options = new FormatOptions(reader, registry.options(), null, null);
    byte[] frame = {0, 0, 0, 0, 7};
    return with(
            BadInput.of(
                name, format(KeyFormat.STRING, options), joined(frame, kettle(12.5, UPDATED))),
            frame)
        .with(Kind.EMPTY, new byte[0], Reason.INVALID_AVRO)
        .with(Kind.WRONG_SCHEMA_ID, OF_A_REGISTRY, Reason.UNKNOWN_SCHEMA)
        .with(
            Kind.MEGABYTE_OF_NESTING,
            joined(frame, nested()),
            reader == null ? Reason.OVER_LIMIT : Reason.INVALID_AVRO) // which skips it to its end
        .with(
            Kind.TEN_THOUSAND_FIELDS,
            joined(new byte[] {0, 0, 0, 0, 8}, new byte[10_000]),
            reader == null ? Reason.EMPTY_TEXT : Reason.INCOMPATIBLE_SCHEMA)
        .with("a negative id", new byte[] {0, -1, -1, -1, -1, 0}, Reason.UNKNOWN_SCHEMA)
        .with("JSON", utf8(KETTLE), Reason.INVALID_AVRO)
        .with("a frame around nothing", frame, Reason.INVALID_AVRO);
  }

  /** Bytes after a prefix, which are refused after any prefix. */
  private static BadInput with(BadInput input, byte[] prefix) {
    return input
        .with(Kind.NO_NUMBER, joined(prefix, kettle(Double.NaN, 0)), Reason.INVALID_VALUE)
        .with("infinite", joined(prefix, kettle(Double.NEGATIVE_INFINITY, 0)), Reason.INVALID_VALUE)
        .with(
            Kind.HUGE_NUMBER, // of more bytes than a long has
            joined(prefix, HexFormat.of().parseHex("ff".repeat(11))),
            Reason.INVALID_AVRO)
        .with(
            "a length beyond the end",
            joined(prefix, HexFormat.of().parseHex("5402feffffff0f")),
            Reason.INVALID_AVRO)
        .with(
            "no UTF-8", joined(prefix, HexFormat.of().parseHex("540204c328")), Reason.INVALID_UTF8);
  }

  private static BadInput debezium(FakeRegistry registry) {
    var options = new FormatOptions(null, registry.options(), null, null);
    var format =
        new RecordFormat(
            TextFormat.AVRO,
            KeyFormat.STRING,
            mapping(Envelope.DEBEZIUM, "{/title}{/body}"),
            options);
    byte[] created = {0, 0, 0, 0, 9, 2, 'c', 2};
    return with(
            BadInput.of("Debezium in Avro", format, joined(created, kettle(12.5, UPDATED))),
            created)
        .with(Kind.EMPTY, new byte[0], Reason.INVALID_AVRO)
        .with(Kind.WRONG_SCHEMA_ID, OF_A_REGISTRY, Reason.UNKNOWN_SCHEMA)
        .with(Kind.MEGABYTE_OF_NESTING, joined(created, nested()), Reason.OVER_LIMIT)
        .with(
            Kind.TEN_THOUSAND_FIELDS,
            joined(new byte[] {0, 0, 0, 0, 8}, new byte[10_000]),
            Reason.MISSING_PROPERTY)
        .with("no row", new byte[] {0, 0, 0, 0, 9, 2, 'c', 0}, Reason.MISSING_PROPERTY);
  }

  private static BadInput key(FakeRegistry registry) {
    byte[] frame = {0, 0, 0, 0, 7};
    return BadInput.ofKeys(
            "keys of Avro",
            KeyFormat.AVRO,
            new FormatOptions(null, registry.options(), null, null),
            joined(frame, kettle(12.5, UPDATED)))
        .with(Kind.EMPTY, new byte[0], Reason.INVALID_AVRO)
        .with(Kind.WRONG_SCHEMA_ID, OF_A_REGISTRY, Reason.UNKNOWN_SCHEMA)
        .with(Kind.MEGABYTE_OF_NESTING, joined(frame, nested()), Reason.OVER_LIMIT)
        .taking(Kind.TEN_THOUSAND_FIELDS, joined(new byte[] {0, 0, 0, 0, 8}, new byte[10_000]))
        .taking(Kind.HUGE_NUMBER, joined(frame, kettle(1e300, Long.MAX_VALUE)))
        .taking(Kind.NO_NUMBER, joined(frame, kettle(Double.NaN, 0)));
  }

  private static RecordFormat format(KeyFormat keys, FormatOptions options) {
    // The reader's schema says text where the writer's says body.
    return new RecordFormat(
        TextFormat.AVRO, keys, mapping(Envelope.NONE, "{/title}{/body}{/text}"), options);
  }

  private static String many() {
    return IntStream.range(0, 10_000)
        .mapToObj(i -> "{\"name\":\"f%d\",\"type\":\"int\"}".formatted(i))
        .collect(Collectors.joining(","));
  }

  private static byte[] kettle(double price, long updatedMillis) {
    var inner = article(1, 0);
    var kettle = article(price, updatedMillis);
    kettle.put("next", inner);
    return encoded(kettle);
  }

  private static GenericData.Record article(double price, long updatedMillis) {
    var article = new GenericData.Record(SCHEMA);
    article.put("id", 42L);
    article.put("title", "Kettle");
    article.put("body", "Boils water.");
    article.put("tags", List.of("kitchen"));
    article.put("price", price);
    article.put("updated", updatedMillis);
    article.put("stock", Map.of("kitchen", 7));
    article.put("kind", new GenericData.EnumSymbol(SCHEMA.getField("kind").schema(), "USED"));
    article.put("sold", true);
    article.put("weight", 0.1f);
    article.put("picture", ByteBuffer.wrap(new byte[] {1, -1}));
    article.put("hash", new GenericData.Fixed(SCHEMA.getField("hash").schema(), new byte[] {3, 4}));
    article.put("cost", ByteBuffer.wrap(new byte[] {7, -58}));
    article.put("day", 20_000);
    article.put("time", 3_600_005);
    return article;
  }

  private static byte[] encoded(GenericData.Record record) {
    var bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
    try {
      new GenericDatumWriter<>(SCHEMA).write(record, out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** An article in an article, and so on. */
  private static byte[] nested() {
    byte[] level = encoded(article(1, 0));
    level[level.length - 1] = 2; // the last field, next, is of the second branch
    ByteBuffer nested = ByteBuffer.allocate(MEGABYTE);
    while (nested.remaining() >= level.length) {
      nested.put(level);
    }
    return nested.array();
  }
}

package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.e2e.harness.ApicurioRegistry;
import dev.streambed.e2e.harness.FlinksAvroFormat;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.registry.RegistryClient;
import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.jobs.registry.RegistrySchema;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Records of Avro in a registry's wire format: our own, and those of somebody else's client. */
final class AvroRecords {
  static final int BATCH = 50;

  private static final String KEY =
      "{\"type\":\"record\",\"name\":\"Key\",\"fields\":[{\"name\":\"id\",\"type\":\"int\"}]}";

  private static final String KIND =
      "{\"type\":\"enum\",\"name\":\"shop.Kind\",\"symbols\":[\"NEWS\",\"BLOG\"]}";

  private static final String ARTICLE =
      """
      {"type":"record","name":"shop.Article","fields":[
       {"name":"title","type":["null","string"]},{"name":"body","type":"string"},{"name":"kind","type":"shop.Kind"},
       {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
       {"name":"published","type":{"type":"long","logicalType":"timestamp-millis"}}%s]}""";

  private static final String FOREIGN =
      """
      {"type":"record","name":"shop.Foreign","fields":[
       {"name":"title","type":["null","string"],"default":null},
       {"name":"author","type":{"type":"record","name":"Author","fields":[{"name":"name","type":"string"},
        {"name":"address","type":["null",{"type":"record","name":"Address","fields":[
         {"name":"city","type":"string"}]}]}]}},
       {"name":"tags","type":{"type":"array","items":"string"}},
       {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
       {"name":"published","type":{"type":"long","logicalType":"timestamp-millis"}}]}""";

  static final String MORE = ",{\"name\":\"author\",\"type\":\"string\",\"default\":\"\"}";

  private AvroRecords() {}

  /** Sends records that Flink's own format writes, which registers their schemas. */
  static void sendForeign(JobTopics topics, ApicurioRegistry registry, int count) throws Exception {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var format = new FlinksAvroFormat()) {
      for (int i = 0; i < count; i++) {
        records.add(
            new ProducerRecord<>(
                topics.input(),
                format.serialize(registry.url(), "foreign-key", KEY, "{\"id\":%d}".formatted(i)),
                format.serialize(registry.url(), "foreign-value", FOREIGN, foreign(i))));
      }
    }
    Topics.send(topics.broker(), records);
  }

  /** Avro's JSON encoding. Every other record has no title, and an author without an address. */
  private static String foreign(int i) {
    return """
    {"title":%s,"author":{"name":"Ali","address":%s},"tags":["a","b"],"price":"\\u0007\\u00C6",
     "published":1700000000123}"""
        .formatted(
            i % 2 == 0 ? "null" : "{\"string\":\"T%d\"}".formatted(i),
            i % 2 == 0 ? "null" : "{\"shop.Address\":{\"city\":\"Riga\"}}");
  }

  /** Registers the schemas of keys and values, and of values with one more field. */
  static List<Integer> register(ApicurioRegistry registry) throws Exception {
    var kind = new RegistrySchema.Reference("shop.Kind", "kind", 1);
    var options = new RegistryOptions(List.of(registry.url()), null, null, Map.of());
    try (var client = new RegistryClient(options)) {
      int key = client.register("key", avro(KEY));
      client.register("kind", avro(KIND));
      int value = client.register("value", avro(ARTICLE.formatted(""), kind));
      int more = client.register("value", avro(ARTICLE.formatted(MORE), kind));
      assertThat(client.isCompatible("value", avro(ARTICLE.formatted(""), kind))).isTrue();
      return List.of(key, value, more);
    }
  }

  private static RegistrySchema avro(String text, RegistrySchema.Reference... references) {
    return new RegistrySchema(RegistrySchema.AVRO, text, List.of(references));
  }

  static void send(JobTopics topics, int first, List<Integer> ids, String more) throws Exception {
    int schemaId = ids.get(more.isEmpty() ? 1 : 2);
    Schema.Parser parser = new Schema.Parser();
    Schema kind = parser.parse(KIND);
    Schema schema = parser.parse(ARTICLE.formatted(more));
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = first; i < first + BATCH; i++) {
      var record = new GenericData.Record(schema);
      record.put("title", "Title " + i);
      record.put("body", "w1 w2");
      record.put("kind", new GenericData.EnumSymbol(kind, "BLOG"));
      record.put("price", ByteBuffer.wrap(new byte[] {0x07, (byte) 0xC6})); // 1990
      record.put("published", 1_700_000_000_123L);
      if (!more.isEmpty()) {
        record.put("author", "ali");
      }
      var bytes = new ByteArrayOutputStream();
      bytes.writeBytes(new byte[] {0, 0, 0, 0, (byte) schemaId});
      BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
      new GenericDatumWriter<>(schema).write(record, out);
      out.flush();
      records.add(new ProducerRecord<>(topics.input(), key(ids.get(0), i), bytes.toByteArray()));
    }
    Topics.send(topics.broker(), records);
  }

  static byte[] key(int schemaId, int id) throws Exception {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {0, 0, 0, 0, (byte) schemaId});
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
    out.writeInt(id);
    out.flush();
    return bytes.toByteArray();
  }
}

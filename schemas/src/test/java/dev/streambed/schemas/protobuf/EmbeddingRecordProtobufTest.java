package dev.streambed.schemas.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.Records;
import dev.streambed.schemas.VectorEncoding;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Messages of embeddings, read by the classes of protobuf-java. */
class EmbeddingRecordProtobufTest {
  private static final FileDescriptor FILE = descriptors();
  private static final Descriptor TYPE = FILE.findMessageTypeByName("EmbeddingRecord");

  @Test
  void isReadByProtobufJava() throws Exception {
    EmbeddingRecord record = Records.embeddingOfSeveralLengths();

    DynamicMessage read = read(record, VectorEncoding.FLOAT32);

    assertThat(get(read, "key")).isEqualTo(record.key());
    assertThat(get(read, "text")).isEqualTo(record.text());
    assertThat(floats(read)).isEqualTo(record.embedding());
    assertThat(get(read, "space")).isEqualTo(Records.SPACE);
    assertThat(get(read, "tokens")).isEqualTo(17);
    assertThat(get(read, "truncated")).isEqualTo(true);
    assertThat(get(read, "unknown_tokens")).isEqualTo(2);
    assertThat(get((Message) get(read, "model"), "precision")).isEqualTo("int8");
    assertThat(get(read, "content_hash")).isEqualTo(record.provenance().contentHash());
    assertThat(get((Message) get(read, "source"), "offset")).isEqualTo(91_827L);
    assertThat(get(read, "event_time_millis")).isEqualTo(record.eventTimeMillis());
    List<?> others = (List<?>) get(read, "other_embeddings");
    assertThat(others).hasSize(2);
    Message shortest = (Message) others.get(1);
    assertThat(get(shortest, "name")).isEqualTo("embedding_2");
    assertThat(get(shortest, "space")).isEqualTo(record.others().get(1).space());
    assertThat(floats(shortest)).isEqualTo(record.others().get(1).components());
    assertThat(metadata(read)).isEqualTo(record.metadata());
    assertThat(read.getUnknownFields().asMap()).isEmpty();
  }

  @Test
  void leavesOutWhatARecordHasNot() throws Exception {
    EmbeddingRecord full = Records.embedding();
    var record =
        new EmbeddingRecord(
            null, null, full.embedding(), full.provenance(), Map.of(), Long.MIN_VALUE);

    DynamicMessage read = read(record, VectorEncoding.FLOAT32);

    for (String field : List.of("key", "text", "encoding", "event_time_millis")) {
      assertThat(read.hasField(TYPE.findFieldByName(field))).as(field).isFalse();
    }
  }

  @Test
  void writesVectorsAsBytes() throws Exception {
    EmbeddingRecord record = Records.embeddingOfSeveralLengths();
    for (VectorEncoding encoding :
        List.of(VectorEncoding.FLOAT32_BYTES, VectorEncoding.INT8, VectorEncoding.BINARY)) {
      DynamicMessage read = read(record, encoding);

      assertThat(get(read, "encoding")).isEqualTo(encoding.toString());
      assertThat(floats(read)).isEmpty();
      assertEncoded(read, EncodedVector.of(record.embedding(), encoding), 7);
      assertEncoded(
          (Message) ((List<?>) get(read, "other_embeddings")).get(0),
          EncodedVector.of(record.others().get(0).components(), encoding),
          9);
    }
    assertThatThrownBy(() -> EmbeddingRecordProtobuf.encode(record, VectorEncoding.BASE64))
        .hasMessage("Protobuf has no vectors in base64");
  }

  @Test
  void isReadWhateverTheRecord() throws Exception {
    for (int seed = 0; seed < 300; seed++) {
      EmbeddingRecord record = Records.randomEmbedding(new Random(seed));

      DynamicMessage read = read(record, VectorEncoding.FLOAT32);

      assertThat(floats(read)).as("seed %d", seed).isEqualTo(record.embedding());
      assertThat(metadata(read)).as("seed %d", seed).isEqualTo(record.metadata());
      Message chunk = (Message) get(read, "chunk");
      ChunkOfText expected = record.chunk();
      assertThat(read.hasField(TYPE.findFieldByName("chunk"))).isEqualTo(expected != null);
      if (expected != null) {
        assertThat(get(chunk, "index")).isEqualTo(expected.index());
        assertThat(get(chunk, "count")).isEqualTo(expected.count());
        assertThat(get(chunk, "start_char")).isEqualTo(expected.startChar());
        assertThat(get(chunk, "end_char")).isEqualTo(expected.endChar());
        assertThat(chunk.toByteArray()) // as protobuf-java writes it
            .isEqualTo(DynamicMessage.newBuilder(chunk).build().toByteArray());
      }
      assertThat(read.hasField(TYPE.findFieldByName("text"))).isEqualTo(record.text() != null);
      assertThat(
              new String(EmbeddingRecordProtobuf.json(read.toByteArray()), StandardCharsets.UTF_8))
          .startsWith("{");
    }
  }

  @Test
  void hasTheFrameOfARegistryAroundTheFirstType() {
    EmbeddingRecord record = Records.embedding();

    ByteBuffer value =
        ByteBuffer.wrap(EmbeddingRecordProtobuf.encode(record, VectorEncoding.FLOAT32, 0x01020304));

    assertThat(TYPE.getIndex()).isZero();
    assertThat(value.get()).isZero();
    assertThat(value.getInt()).isEqualTo(0x01020304);
    assertThat(value.get()).as("message indexes of the first type").isZero();
    assertThat(value.slice())
        .isEqualTo(ByteBuffer.wrap(EmbeddingRecordProtobuf.encode(record, VectorEncoding.FLOAT32)));
  }

  /** The descriptors are what protoc made of the file beside them: README.md of these tests. */
  @Test
  void publishesTheFileThatTheDescriptorsAreOf() {
    List<String> published = new ArrayList<>();
    Matcher field =
        Pattern.compile("(?m)^ +(?:optional |repeated )?([\\w<>, ]+) (\\w+) = (\\d+);")
            .matcher(EmbeddingRecordProtobuf.schema());
    while (field.find()) {
      published.add("%s = %s".formatted(field.group(2), field.group(3)));
    }
    List<String> compiled = new ArrayList<>();
    for (Descriptor type : FILE.getMessageTypes()) {
      for (FieldDescriptor each : type.getFields()) {
        compiled.add("%s = %d".formatted(each.getName(), each.getNumber()));
      }
    }

    assertThat(published).isEqualTo(compiled).hasSizeGreaterThan(30);
  }

  private static void assertEncoded(Message vectorOf, EncodedVector expected, int dimensions) {
    Message encoded = (Message) get(vectorOf, "encoded_embedding");
    assertThat(get(encoded, "components")).isEqualTo(ByteString.copyFrom(expected.bytes()));
    assertThat(get(encoded, "dimensions")).isEqualTo(dimensions);
    assertThat(get(encoded, "scale")).isEqualTo(expected.scale());
  }

  private static DynamicMessage read(EmbeddingRecord record, VectorEncoding encoding)
      throws Exception {
    return DynamicMessage.parseFrom(TYPE, EmbeddingRecordProtobuf.encode(record, encoding));
  }

  private static Object get(Message message, String field) {
    return message.getField(message.getDescriptorForType().findFieldByName(field));
  }

  private static float[] floats(Message message) {
    List<?> list = (List<?>) get(message, "embedding");
    float[] floats = new float[list.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (Float) list.get(i);
    }
    return floats;
  }

  private static Map<String, @Nullable Object> metadata(Message record) {
    Map<String, @Nullable Object> metadata = new TreeMap<>();
    for (Object entry : (List<?>) get(record, "metadata")) {
      Message value = (Message) get((Message) entry, "value");
      metadata.put((String) get((Message) entry, "key"), value(value));
    }
    return metadata;
  }

  private static @Nullable Object value(Message value) {
    Map<FieldDescriptor, Object> set = value.getAllFields();
    if (set.isEmpty()) {
      return null;
    }
    Object one = set.values().iterator().next();
    if (!(one instanceof Message list)) {
      return one;
    }
    return Arrays.asList(
        ((List<?>) get(list, "values"))
            .stream().map(element -> value((Message) element)).toArray());
  }

  private static FileDescriptor descriptors() {
    String file = "/dev/streambed/schemas/embedding_record.binpb";
    try (InputStream in = EmbeddingRecordProtobufTest.class.getResourceAsStream(file)) {
      return FileDescriptor.buildFrom(
          FileDescriptorSet.parseFrom(Objects.requireNonNull(in)).getFile(0),
          new FileDescriptor[0]);
    } catch (Exception e) {
      throw new IllegalStateException("Cannot read " + file, e);
    }
  }
}

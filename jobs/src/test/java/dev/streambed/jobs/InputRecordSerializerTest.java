package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** The bytes of a record in flight in a checkpoint. */
class InputRecordSerializerTest {
  private final TypeSerializer<InputRecord> serializer =
      TypeInformation.of(InputRecord.class).createSerializer(new SerializerConfigImpl());

  @Test
  void keepsTheRecordAsItWasRead() throws IOException {
    var headers =
        List.of(
            new RecordHeader("trace", new byte[] {1}),
            new RecordHeader("trace", null),
            new RecordHeader("é".repeat(70_000), new byte[0]));
    for (byte[] key : new byte[][] {null, {}, {0, -1}}) {
      for (byte[] value : new byte[][] {null, {}, {0, -1}}) {
        var source =
            new SourceRecord(new SourcePosition("texts", 3, 1L << 40), -1, key, value, headers);

        InputRecord read = read(written(new InputRecord(source, null)));

        assertThat(read).isEqualTo(new InputRecord(source, null));
      }
    }
  }

  @Test
  void decodesTheTextAgainInsteadOfKeepingIt() throws IOException {
    SourceRecord source =
        Samples.source(7, "key", utf8("{\"text\":\"four score\",\"metadata\":{\"a\":\"b\"}}"));
    InputRecord record =
        new InputRecord(
            source,
            new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null).open().decode(source).text());

    InputRecord read = read(written(record));

    assertThat(read.text()).isNull();
    assertThat(read.decoded(() -> new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null).open()))
        .isEqualTo(record.text());
  }

  @Test
  void holdsNoMoreThanTheRecordAndAFewBytes() throws IOException {
    byte[] value = ("{\"text\":\"" + "x".repeat(900_000) + "\"}").getBytes(StandardCharsets.UTF_8);
    SourceRecord source = Samples.source(7, "key", value);

    byte[] state =
        written(
            new InputRecord(
                source,
                new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null)
                    .open()
                    .decode(source)
                    .text()));

    assertThat(state.length).isBetween(value.length, value.length + 100);
  }

  @Test
  void copiesNothing() {
    InputRecord record = Samples.input("text", null);

    assertThat(serializer.copy(record)).isSameAs(record);
  }

  @Test
  void refusesTheLayoutOfALaterVersion() throws IOException {
    var out = new DataOutputSerializer(64);
    out.writeUTF(InputRecordSerializer.Snapshot.class.getName());
    out.writeInt(InputRecordSerializer.Snapshot.VERSION + 1);

    assertThatThrownBy(
            () ->
                TypeSerializerSnapshot.readVersionedSnapshot(
                    new DataInputDeserializer(out.getCopyOfBuffer()), getClass().getClassLoader()))
        .hasMessage(
            "Cannot read records in flight of layout 2 (known: 1). Start the version of Streambed that wrote this checkpoint, or a later one.");
  }

  private byte[] written(InputRecord record) throws IOException {
    var out = new DataOutputSerializer(64);
    serializer.serialize(record, out);
    return out.getCopyOfBuffer();
  }

  private InputRecord read(byte[] state) throws IOException {
    var in = new DataInputDeserializer(state);
    InputRecord record = serializer.deserialize(in);
    assertThat(in.available()).isZero();
    return record;
  }
}

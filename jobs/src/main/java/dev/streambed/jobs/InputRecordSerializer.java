package dev.streambed.jobs;

import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@link InputRecord}s into checkpoints: the bytes that were read from Kafka, without the
 * text that is decoded from them. This class alone defines the layout of the state, whatever the
 * records' components become. A change of the layout is a new {@link Snapshot#VERSION}, which reads
 * the earlier ones (docs/decisions/0085).
 */
final class InputRecordSerializer extends TypeSerializerSingleton<InputRecord> {
  private static final long serialVersionUID = 1L;

  private static final int NULL_LENGTH = -1;

  @Override
  public void serialize(InputRecord record, DataOutputView out) throws IOException {
    SourceRecord source = record.source();
    SourcePosition position = source.position();
    out.writeUTF(position.topic());
    out.writeInt(position.partition());
    out.writeLong(position.offset());
    out.writeLong(source.timestampMillis());
    writeBytes(source.key(), out);
    writeBytes(source.value(), out);
    out.writeInt(source.headers().size());
    for (RecordHeader header : source.headers()) {
      StringValue.writeString(header.key(), out); // may be longer than writeUTF takes
      writeBytes(header.value(), out);
    }
  }

  @Override
  public InputRecord deserialize(DataInputView in) throws IOException {
    var position = new SourcePosition(in.readUTF(), in.readInt(), in.readLong());
    long timestampMillis = in.readLong();
    byte[] key = readBytes(in);
    byte[] value = readBytes(in);
    int count = in.readInt();
    List<RecordHeader> headers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      headers.add(new RecordHeader(StringValue.readString(in), readBytes(in)));
    }
    return new InputRecord(
        new SourceRecord(position, timestampMillis, key, value, headers), /* text= */ null);
  }

  private static void writeBytes(byte @Nullable [] bytes, DataOutputView out) throws IOException {
    out.writeInt(bytes == null ? NULL_LENGTH : bytes.length);
    if (bytes != null) {
      out.write(bytes);
    }
  }

  private static byte @Nullable [] readBytes(DataInputView in) throws IOException {
    int length = in.readInt();
    if (length == NULL_LENGTH) {
      return null;
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  /** Returns the record itself: nobody changes it, so a checkpoint needs no copy. */
  @Override
  public InputRecord copy(InputRecord from) {
    return from;
  }

  @Override
  public InputRecord copy(InputRecord from, InputRecord reuse) {
    return from;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public InputRecord deserialize(InputRecord reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  /** Null: an immutable record cannot be filled again. */
  @Override
  public @Nullable InputRecord createInstance() {
    return null;
  }

  @Override
  public int getLength() {
    return -1; // varies
  }

  @Override
  public TypeSerializerSnapshot<InputRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** The layout of the records in a checkpoint; public for Flink. */
  public static final class Snapshot implements TypeSerializerSnapshot<InputRecord> {
    static final int VERSION = 1;

    @Override
    public int getCurrentVersion() {
      return VERSION;
    }

    @Override
    public void writeSnapshot(DataOutputView out) {
      // the version says it all
    }

    @Override
    public void readSnapshot(int version, DataInputView in, ClassLoader classes)
        throws IOException {
      if (version != VERSION) {
        throw new IOException(
            "Cannot read records in flight of layout %d (known: %d). Start the version of Streambed that wrote this checkpoint, or a later one."
                .formatted(version, VERSION));
      }
    }

    @Override
    public TypeSerializer<InputRecord> restoreSerializer() {
      return new InputRecordSerializer();
    }

    @Override
    public TypeSerializerSchemaCompatibility<InputRecord> resolveSchemaCompatibility(
        TypeSerializerSnapshot<InputRecord> written) {
      if (written instanceof Snapshot) {
        return TypeSerializerSchemaCompatibility.compatibleAsIs();
      }
      // Flink's own serialiser of records wrote those of 0.1.0, and reads them.
      return written instanceof PojoSerializerSnapshot
          ? TypeSerializerSchemaCompatibility.compatibleAfterMigration()
          : TypeSerializerSchemaCompatibility.incompatible();
    }
  }
}

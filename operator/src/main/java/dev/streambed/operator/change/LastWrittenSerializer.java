package dev.streambed.operator.change;

import dev.streambed.embedder.Embedding;
import dev.streambed.operator.change.Fingerprinter.Fingerprint;
import dev.streambed.operator.change.LastWritten.Content;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * Writes what state keeps of documents. This class alone defines the layout; a change of it is a
 * new {@link Snapshot#VERSION}, which reads the earlier ones.
 */
final class LastWrittenSerializer extends TypeSerializerSingleton<LastWritten> {
  private static final long serialVersionUID = 1L;

  @Override
  public void serialize(LastWritten document, DataOutputView out) throws IOException {
    write(document.text(), out);
    out.writeInt(document.tokens());
    Content content = document.content();
    out.writeBoolean(content != null);
    if (content != null) {
      write(content.metadata(), out);
      out.writeInt(content.embeddings().size());
      for (Embedding embedding : content.embeddings()) {
        out.writeInt(embedding.tokens());
        out.writeBoolean(embedding.truncated());
        out.writeInt(embedding.unknownTokens());
        write(embedding.vector(), out);
        out.writeInt(embedding.others().size());
        for (float[] other : embedding.others()) {
          write(other, out);
        }
      }
    }
  }

  @Override
  public LastWritten deserialize(DataInputView in) throws IOException {
    Fingerprint text = fingerprint(in);
    int tokens = in.readInt();
    if (!in.readBoolean()) {
      return new LastWritten(text, tokens, /* content= */ null);
    }
    Fingerprint metadata = fingerprint(in);
    int count = in.readInt();
    List<Embedding> embeddings = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      embeddings.add(embedding(in));
    }
    return new LastWritten(text, tokens, new Content(metadata, embeddings));
  }

  private static Embedding embedding(DataInputView in) throws IOException {
    int tokens = in.readInt();
    boolean truncated = in.readBoolean();
    int unknownTokens = in.readInt();
    float[] vector = vector(in);
    int count = in.readInt();
    List<float[]> others = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      others.add(vector(in));
    }
    return new Embedding(vector, others, tokens, truncated, unknownTokens);
  }

  private static void write(Fingerprint fingerprint, DataOutputView out) throws IOException {
    out.writeLong(fingerprint.high());
    out.writeLong(fingerprint.low());
  }

  private static Fingerprint fingerprint(DataInputView in) throws IOException {
    return new Fingerprint(in.readLong(), in.readLong());
  }

  private static void write(float[] vector, DataOutputView out) throws IOException {
    out.writeInt(vector.length);
    for (float component : vector) {
      out.writeFloat(component);
    }
  }

  private static float[] vector(DataInputView in) throws IOException {
    float[] vector = new float[in.readInt()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = in.readFloat();
    }
    return vector;
  }

  /** Returns the document itself: nobody changes it, so a checkpoint needs no copy. */
  @Override
  public LastWritten copy(LastWritten from) {
    return from;
  }

  @Override
  public LastWritten copy(LastWritten from, LastWritten reuse) {
    return from;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public LastWritten deserialize(LastWritten reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  /** Null: an immutable record cannot be filled again. */
  @Override
  public @Nullable LastWritten createInstance() {
    return null;
  }

  @Override
  public int getLength() {
    return -1; // varies
  }

  @Override
  public TypeSerializerSnapshot<LastWritten> snapshotConfiguration() {
    return new Snapshot();
  }

  /** The layout in a checkpoint; public for Flink. */
  public static final class Snapshot implements TypeSerializerSnapshot<LastWritten> {
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
            "Cannot read the state of documents of layout %d (known: %d). Start the version of Streambed that wrote this checkpoint, or a later one."
                .formatted(version, VERSION));
      }
    }

    @Override
    public TypeSerializer<LastWritten> restoreSerializer() {
      return new LastWrittenSerializer();
    }

    @Override
    public TypeSerializerSchemaCompatibility<LastWritten> resolveSchemaCompatibility(
        TypeSerializerSnapshot<LastWritten> written) {
      return written instanceof Snapshot
          ? TypeSerializerSchemaCompatibility.compatibleAsIs()
          : TypeSerializerSchemaCompatibility.incompatible();
    }
  }
}

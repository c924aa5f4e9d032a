package dev.streambed.operator.change;

import dev.streambed.operator.change.Fingerprinter.Fingerprint;
import dev.streambed.operator.change.Waiting.Part;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The chunks that a document has in the topic, as far as state keeps them (docs/decisions/0118).
 *
 * @param count how many there may be: those from 0 on
 * @param chunks what each says; empty if nobody asks
 */
record WrittenChunks(int count, List<Said> chunks) {
  static final WrittenChunks NONE = new WrittenChunks(0, List.of());

  /** First byte in state: a change of the layout is another one, beside those before it. */
  private static final byte LAYOUT = 1;

  private static final int BYTES_OF_HASH = 2 * Long.BYTES;

  /**
   * A chunk as it was written.
   *
   * @param text of its text, and of all else that decides its vectors
   * @param metadata of what was written with them; null if nobody asks
   */
  record Said(Fingerprint text, @Nullable Fingerprint metadata) {
    /** A chunk that the topic may have refused. */
    static final Said UNKNOWN = new Said(Fingerprint.UNKNOWN, /* metadata= */ null);

    /** A chunk that the topic does not have, though it has one behind it. */
    static final Said ABSENT = new Said(Fingerprint.ABSENT, /* metadata= */ null);
  }

  WrittenChunks {
    chunks = List.copyOf(chunks);
    if (!chunks.isEmpty() && chunks.size() != count) {
      throw new IllegalArgumentException("%d of %d chunks".formatted(chunks.size(), count));
    }
  }

  /** Whether a chunk has the text of this one under its index. */
  boolean hasText(Part part) {
    int index = part.chunk().index();
    return index < chunks.size()
        && !part.text().equals(Fingerprint.UNKNOWN) // nobody asks: changes are off
        && chunks.get(index).text().equals(part.text());
  }

  /** Whether nothing of a chunk would change if this one was written. */
  boolean says(Part part) {
    return hasText(part)
        && (part.metadata() == null
            || part.metadata().equals(chunks.get(part.chunk().index()).metadata()));
  }

  /** The index of a chunk of the same text, preferably the same index; -1 if there is none. */
  int indexOfText(Part part) {
    if (hasText(part)) {
      return part.chunk().index();
    }
    for (int i = 0; i < chunks.size(); i++) {
      if (chunks.get(i).text().equals(part.text())) {
        return i;
      }
    }
    return -1;
  }

  /** For state: layout, count, and for each chunk its hashes, whose number the length tells. */
  byte[] toBytes() {
    boolean hasMetadata = chunks.stream().anyMatch(chunk -> chunk.metadata() != null);
    int hashes = chunks.size() * (hasMetadata ? 2 : 1);
    ByteBuffer bytes = ByteBuffer.allocate(1 + Integer.BYTES + hashes * BYTES_OF_HASH);
    bytes.put(LAYOUT).putInt(count);
    for (Said chunk : chunks) {
      put(bytes, chunk.text());
      if (hasMetadata) {
        Fingerprint metadata = chunk.metadata();
        put(bytes, metadata == null ? Fingerprint.UNKNOWN : metadata);
      }
    }
    return bytes.array();
  }

  private static void put(ByteBuffer bytes, Fingerprint hash) {
    bytes.putLong(hash.high()).putLong(hash.low());
  }

  static WrittenChunks of(byte[] state) {
    ByteBuffer bytes = ByteBuffer.wrap(state);
    byte layout = bytes.get();
    if (layout != LAYOUT) {
      throw new IllegalStateException(
          "Cannot read the chunks of a document in layout %d (known: %d). Start the version of Streambed that wrote this checkpoint, or a later one."
              .formatted(layout, LAYOUT));
    }
    int count = bytes.getInt();
    int hashes = bytes.remaining() / BYTES_OF_HASH;
    boolean hasMetadata = hashes > count;
    List<Said> chunks = new ArrayList<>();
    while (bytes.hasRemaining()) {
      chunks.add(new Said(hash(bytes), hasMetadata ? hash(bytes) : null));
    }
    return new WrittenChunks(count, chunks);
  }

  private static Fingerprint hash(ByteBuffer bytes) {
    return new Fingerprint(bytes.getLong(), bytes.getLong());
  }
}

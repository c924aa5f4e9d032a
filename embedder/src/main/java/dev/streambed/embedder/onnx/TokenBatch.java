package dev.streambed.embedder.onnx;

import dev.streambed.embedder.TokenIds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Token ids padded on the right to a rectangle, row-major: the input of a graph. Lies in native
 * memory, where ONNX Runtime reads it without a copy, and is filled again for the next batch. Not
 * thread-safe; confined to one run.
 */
@API(status = API.Status.INTERNAL)
public final class TokenBatch {
  // A graph never looks at the id of a padded place (its mask is 0); 0 is a row of every word
  // table.
  private static final long PADDING_ID = 0;

  private LongBuffer inputIds = allocate(0);
  private LongBuffer attentionMask = allocate(0);
  private int rows;
  private int columns;

  /** Pads the texts to the longest of them. */
  public static TokenBatch pad(List<TokenIds> texts) {
    return pad(texts, PADDING_ID);
  }

  /** As above, with the id that fills the padded places: a right graph never looks at it. */
  public static TokenBatch pad(List<TokenIds> texts, long paddingId) {
    TokenBatch batch = new TokenBatch();
    batch.fill(texts, paddingId);
    return batch;
  }

  /** Replaces the content by the given texts, padded to the longest of them. */
  void fill(List<TokenIds> texts) {
    fill(texts, PADDING_ID);
  }

  private void fill(List<TokenIds> texts, long paddingId) {
    rows = texts.size();
    columns = 0;
    for (TokenIds text : texts) {
      columns = Math.max(columns, text.length());
    }
    int size = rows * columns;
    if (inputIds.capacity() < size) {
      inputIds = allocate(size);
      attentionMask = allocate(size);
    }
    inputIds.clear();
    attentionMask.clear();
    for (TokenIds text : texts) {
      inputIds.put(text.ids());
      for (int column = 0; column < columns; column++) {
        boolean isToken = column < text.length();
        attentionMask.put(isToken ? 1 : 0);
        if (!isToken) {
          inputIds.put(paddingId);
        }
      }
    }
    inputIds.flip();
    attentionMask.flip();
  }

  /** [rows, columns], owned by this batch. */
  LongBuffer inputIds() {
    return inputIds;
  }

  /** [rows, columns], 1 for a token, 0 for padding; owned by this batch. */
  LongBuffer attentionMask() {
    return attentionMask;
  }

  /** Number of texts. */
  public int rows() {
    return rows;
  }

  /** Tokens of the longest text. */
  public int columns() {
    return columns;
  }

  private static LongBuffer allocate(int size) {
    return ByteBuffer.allocateDirect(size * Long.BYTES)
        .order(ByteOrder.nativeOrder())
        .asLongBuffer();
  }
}

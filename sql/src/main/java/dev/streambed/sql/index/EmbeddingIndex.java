package dev.streambed.sql.index;

import dev.streambed.query.Nearest;
import dev.streambed.query.Nearest.Hit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.util.FileUtils;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene912.Lucene912Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.knn.TopKnnCollectorManager;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.VectorUtil;

/**
 * Vectors by key, each with some bytes, in an HNSW graph of Lucene on disk. One thread may change
 * it while others search. Owns its folder.
 */
@Internal
public final class EmbeddingIndex implements AutoCloseable {
  /** Lucene's limit. */
  private static final int MOST_DIMENSIONS = KnnVectorsFormat.DEFAULT_MAX_DIMENSIONS;

  /**
   * By which two of Lucene's scores may be in the wrong order: each is (1 + dot product) / 2, and a
   * float sum of n products of unit vectors is off by at most n u, u = 2^-24 (Higham, Accuracy and
   * Stability of Numerical Algorithms, 3.1).
   */
  private static final float MOST_ROUNDING = MOST_DIMENSIONS * 0x1p-24f;

  private static final String KEY = "key";
  private static final String VECTOR = "vector";
  private static final String CONTENT = "content";

  private final Path folder;
  private final IndexSettings settings;
  private final FSDirectory directory;
  private final IndexWriter writer;
  private final SearcherManager searchers;

  /**
   * Opens an empty index.
   *
   * @param folder which is deleted when the index is closed
   */
  public EmbeddingIndex(Path folder, IndexSettings settings) throws IOException {
    this.folder = folder;
    this.settings = settings;
    this.directory = FSDirectory.open(folder);
    var configuration = new IndexWriterConfig();
    configuration.setCodec(new HnswCodec(settings));
    configuration.setRAMBufferSizeMB(settings.bufferOrShare().getMebiBytes());
    this.writer = new IndexWriter(directory, configuration);
    this.searchers = new SearcherManager(writer, /* searcherFactory= */ null);
  }

  /** Lucene's codec, under its own name, with a graph of another shape. */
  private static final class HnswCodec extends Lucene912Codec {
    private final KnnVectorsFormat vectors;

    HnswCodec(IndexSettings settings) {
      this.vectors = new Lucene99HnswVectorsFormat(settings.maxConnections(), settings.beamWidth());
    }

    @Override
    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
      return vectors;
    }
  }

  /**
   * Adds a vector, in place of the one of its key if there is one.
   *
   * @param vector with a {@linkplain #hasDirection direction}; its length is 1 to 1024, the same
   *     for all
   * @throws IllegalArgumentException if it is longer
   */
  public void put(byte[] key, float[] vector, byte[] content) throws IOException {
    if (vector.length > MOST_DIMENSIONS) {
      throw new IllegalArgumentException(
          "An index takes vectors of up to %d dimensions, not %d."
              .formatted(MOST_DIMENSIONS, vector.length));
    }
    var document = new Document();
    document.add(new StringField(KEY, new BytesRef(key), Field.Store.NO));
    document.add(
        new KnnFloatVectorField(VECTOR, unit(vector), VectorSimilarityFunction.DOT_PRODUCT));
    document.add(new StoredField(CONTENT, content));
    writer.updateDocument(new Term(KEY, new BytesRef(key)), document);
  }

  /** Whether a vector can be compared by its angle to others. */
  static boolean hasDirection(float[] vector) {
    double sum = 0;
    for (float component : vector) {
      sum += (double) component * component;
    }
    return sum > 0 && Double.isFinite(sum);
  }

  /** A vector that was read back from fewer bits has not norm 1. */
  private static float[] unit(float[] vector) {
    return VectorUtil.isUnitVector(vector) ? vector : VectorUtil.l2normalize(vector.clone());
  }

  /** Takes away the vector of a key, if there is one. */
  public void remove(byte[] key) throws IOException {
    writer.deleteDocuments(new Term(KEY, new BytesRef(key)));
  }

  /** Makes what was changed visible to searches. */
  public void refresh() throws IOException {
    searchers.maybeRefreshBlocking();
  }

  /** How many vectors searches see. */
  public int size() throws IOException {
    IndexSearcher searcher = searchers.acquire();
    try {
      return searcher.getIndexReader().numDocs();
    } finally {
      searchers.release(searcher);
    }
  }

  /**
   * The contents of the nearest vectors, the best first, with their cosines: fewer if there are
   * fewer. Which of two with equal cosines comes first is not told.
   *
   * @param query of norm 1
   * @param count at least 1
   * @throws IllegalArgumentException if the query has another length than the vectors
   */
  public List<Hit<byte[]>> search(float[] query, int count) throws IOException {
    IndexSearcher searcher = searchers.acquire();
    try {
      int size = searcher.getIndexReader().numDocs();
      List<Hit<byte[]>> hits = new ArrayList<>();
      if (size == 0) {
        return hits;
      }
      int candidates = Math.min(size, Math.max(count, settings.candidates()));
      Nearest<Integer> nearest = new Nearest<>(count, Comparator.naturalOrder());
      if (size < settings.exactBelow() || candidates == size) {
        compareAll(searcher, query, nearest);
      } else {
        compare(searcher, query, candidates(searcher, query, candidates, count), nearest);
      }
      StoredFields contents = searcher.storedFields();
      for (Hit<Integer> hit : nearest.hits()) {
        BytesRef content = contents.document(hit.item(), Set.of(CONTENT)).getBinaryValue(CONTENT);
        hits.add(
            new Hit<>(
                hit.score(),
                Arrays.copyOfRange(
                    content.bytes, content.offset, content.offset + content.length)));
      }
      return hits;
    } finally {
      searchers.release(searcher);
    }
  }

  private static void compareAll(IndexSearcher searcher, float[] query, Nearest<Integer> nearest)
      throws IOException {
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      FloatVectorValues vectors = vectors(leaf, query);
      Bits live = leaf.reader().getLiveDocs();
      for (int document = vectors.nextDoc();
          document != FloatVectorValues.NO_MORE_DOCS;
          document = vectors.nextDoc()) {
        if (live == null || live.get(document)) {
          nearest.add(Nearest.dot(vectors.vectorValue(), query), leaf.docBase + document);
        }
      }
    }
  }

  /** Documents, sorted, that may be among the best so many, as far as their floats tell. */
  private static int[] candidates(IndexSearcher searcher, float[] query, int candidates, int count)
      throws IOException {
    var collectors = new TopKnnCollectorManager(candidates, searcher); // graphs learn of each other
    List<ScoreDoc> found = new ArrayList<>();
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      KnnCollector collector = collectors.newCollector(/* visitedLimit= */ Integer.MAX_VALUE, leaf);
      leaf.reader().searchNearestVectors(VECTOR, query, collector, leaf.reader().getLiveDocs());
      for (ScoreDoc each : collector.topDocs().scoreDocs) {
        found.add(new ScoreDoc(leaf.docBase + each.doc, each.score));
      }
    }
    if (found.isEmpty()) {
      return new int[0];
    }
    found.sort(Comparator.comparingDouble(each -> -each.score));
    float limit = found.get(Math.min(count, found.size()) - 1).score - MOST_ROUNDING;
    return found.stream()
        .takeWhile(each -> each.score >= limit)
        .mapToInt(each -> each.doc)
        .sorted()
        .toArray();
  }

  /** Compares in double, as an exact search does. */
  private static void compare(
      IndexSearcher searcher, float[] query, int[] sorted, Nearest<Integer> nearest)
      throws IOException {
    int next = 0;
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      int end = leaf.docBase + leaf.reader().maxDoc();
      if (next < sorted.length && sorted[next] < end) {
        FloatVectorValues vectors = vectors(leaf, query);
        for (; next < sorted.length && sorted[next] < end; next++) {
          vectors.advance(sorted[next] - leaf.docBase);
          nearest.add(Nearest.dot(vectors.vectorValue(), query), sorted[next]);
        }
      }
    }
  }

  private static FloatVectorValues vectors(LeafReaderContext leaf, float[] query)
      throws IOException {
    FloatVectorValues vectors = leaf.reader().getFloatVectorValues(VECTOR);
    if (vectors == null) {
      throw new IllegalStateException("A segment of the index has no vectors.");
    }
    if (vectors.dimension() != query.length) {
      throw new IllegalArgumentException(
          "The vector of the query has %d dimensions, those of the topic have %d."
              .formatted(query.length, vectors.dimension()));
    }
    return vectors;
  }

  /** Closes it and deletes its folder. */
  @Override
  public void close() throws IOException {
    try {
      searchers.close();
      writer.rollback(); // nobody will read it
      directory.close();
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }
}

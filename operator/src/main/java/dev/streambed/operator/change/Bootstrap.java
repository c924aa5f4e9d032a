package dev.streambed.operator.change;

import dev.streambed.embedder.Embedding;
import dev.streambed.operator.change.Fingerprinter.Fingerprint;
import dev.streambed.operator.change.LastWritten.Content;
import dev.streambed.operator.change.WrittenChunks.Said;
import dev.streambed.operator.change.written.WrittenText;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.TextChunk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the state of a task with what a topic already has (docs/decisions/0124). Documents of which
 * state knows something keep it. Confined to the task thread.
 *
 * @param <T> type of the records
 */
final class Bootstrap<T> implements WrittenTopic.Receiver<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Bootstrap.class);

  /** Name in checkpoints. */
  private static final String NAME = "bootstrapped";

  private static final List<Integer> DONE = List.of(1);

  /**
   * Documents whose chunks are collected before state has them: some tasks may have written at
   * once, each one document after the other.
   */
  private static final int MAX_DRAFTS = 64;

  /** Vectors of a chunk that has none in the topic; nothing refers to it. */
  private static final Embedding NO_VECTORS =
      new Embedding(new float[0], /* tokens= */ 0, /* truncated= */ false);

  private final ChangeSettings<T> settings;
  private final Documents<T> documents;
  private final ChangeState<T> state;
  private final Arrivals<T> arrivals;
  private final ChangeMetrics counts;
  private final TaskInfo task;
  private final Fingerprinter hashes = new Fingerprinter();
  private final Map<String, Draft> drafts =
      new LinkedHashMap<>(MAX_DRAFTS, /* loadFactor= */ 0.75f, /* accessOrder= */ true);

  /** Hashes of the keys that keep what state knows, sorted. */
  private long[] kept = {};

  /** State would have forgotten what was written up to this time. */
  private long forgottenMillis;

  private long keys;
  private long records;

  /**
   * Chunks of a document, and their vectors if state keeps them; both by index.
   *
   * @param isKnown whether state knows the document already
   */
  private record Draft(List<Said> chunks, List<Embedding> vectors, boolean isKnown) {}

  /** For the state of a task. */
  Bootstrap(
      ChangeSettings<T> settings,
      ChangeState<T> state,
      Arrivals<T> arrivals,
      ChangeMetrics counts,
      TaskInfo task) {
    this.settings = settings;
    this.documents = settings.documents();
    this.state = state;
    this.arrivals = arrivals;
    this.counts = counts;
    this.task = task;
  }

  /**
   * The state that says, with a number in it, that this was done. It is there with and without a
   * topic, or each restore would multiply what is in it.
   */
  static ListState<Integer> mark(OperatorStateStore store) throws Exception {
    ListState<Integer> mark =
        store.getUnionListState(new ListStateDescriptor<>(NAME, IntSerializer.INSTANCE));
    if (isDone(mark)) {
      mark.update(DONE); // not those of all tasks
    }
    return mark;
  }

  private static boolean isDone(ListState<Integer> mark) throws Exception {
    return mark.get().iterator().hasNext();
  }

  /**
   * Reads the topic to its end, unless that was done. No checkpoint completes before all tasks have
   * done it, so a failure starts it over.
   */
  void runOnce(WrittenTopic<T> topic, ListState<Integer> mark, ProcessingTimeService clock)
      throws Exception {
    if (isDone(mark)) {
      return;
    }
    long startMillis = clock.getCurrentProcessingTime();
    Duration ttl = settings.options().ttl();
    forgottenMillis = ttl == null ? Long.MIN_VALUE : startMillis - ttl.toMillis();
    try (Stream<String> known = state.keys(settings.options())) {
      kept = known.mapToLong(this::hash).toArray();
    }
    Arrays.sort(kept);
    topic.read(this);
    for (Map.Entry<String, Draft> draft : drafts.entrySet()) {
      write(draft.getKey(), draft.getValue());
    }
    drafts.clear();
    mark.update(DONE);
    long millis = clock.getCurrentProcessingTime() - startMillis;
    counts.bootstrapped(records, keys, millis);
    String message = "{} knows {} documents of {} records in the topic of embeddings, after {} ms.";
    LOG.info(message, task.getTaskNameWithSubtasks(), keys, records, millis);
  }

  @Override
  public boolean takes(T document) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(
            documents.key(document),
            task.getMaxNumberOfParallelSubtasks(),
            task.getNumberOfParallelSubtasks())
        == task.getIndexOfThisSubtask();
  }

  /** Null if its state stays. A key with the hash of one that stays is embedded once more. */
  private @Nullable String keyToFill(T document) {
    records++;
    String key = documents.key(document);
    return kept.length > 0 && Arrays.binarySearch(kept, hash(key)) >= 0 ? null : key;
  }

  private long hash(String key) {
    return hashes.add(key).finish().high();
  }

  @Override
  public void written(T document, WrittenText text) throws Exception {
    String key = keyToFill(document);
    if (key == null) {
      return;
    }
    Fingerprint ofText = arrivals.ofWritten(document, text);
    Fingerprint ofMetadata = arrivals.ofWrittenMetadata(document, text);
    TextChunk chunk = text.chunk();
    if (chunk != null) {
      boolean isOff = settings.options().isOff();
      Said said = isOff ? Said.UNKNOWN : new Said(ofText, ofMetadata);
      put(draft(key), chunk.index(), said, text.embedding());
      return;
    }
    if (text.timestampMillis() <= forgottenMillis) {
      forget(key);
      return;
    }
    keys += state.written(key) == null ? 1 : 0;
    state.write(key, LastWritten.of(ofText, ofMetadata, List.of(text.embedding())));
  }

  @Override
  public void other(T document, @Nullable Integer chunk) throws Exception {
    String key = keyToFill(document);
    if (key == null) {
      return;
    }
    if (chunk == null) {
      forget(key);
      return;
    }
    put(draft(key), chunk, Said.UNKNOWN, NO_VECTORS);
  }

  @Override
  public void mayHave(T document, int chunk) throws Exception {
    String key = keyToFill(document);
    if (key == null) {
      return;
    }
    Draft draft = draft(key);
    if (chunk >= draft.chunks.size() || isAbsent(draft, chunk)) {
      put(draft, chunk, Said.UNKNOWN, NO_VECTORS);
    }
  }

  @Override
  public void deleted(T document, @Nullable Integer chunk) throws Exception {
    String key = keyToFill(document);
    if (key == null) {
      return;
    }
    if (chunk == null) {
      forget(key);
      return;
    }
    Draft draft = draft(key);
    if (chunk < draft.chunks.size()) {
      put(draft, chunk, Said.ABSENT, NO_VECTORS);
    }
    for (int last = draft.chunks.size() - 1; last >= 0 && isAbsent(draft, last); last--) {
      draft.chunks.remove(last);
      draft.vectors.remove(last);
    }
  }

  private static boolean isAbsent(Draft draft, int chunk) {
    return draft.chunks.get(chunk).text().equals(Fingerprint.ABSENT);
  }

  private void forget(String key) throws Exception {
    keys -= state.written(key) == null ? 0 : 1;
    state.forget(key);
  }

  private static void put(Draft draft, int chunk, Said said, Embedding vectors) {
    while (draft.chunks.size() <= chunk) {
      draft.chunks.add(Said.ABSENT);
      draft.vectors.add(NO_VECTORS);
    }
    draft.chunks.set(chunk, said);
    draft.vectors.set(chunk, vectors);
  }

  private Draft draft(String key) throws Exception {
    Draft found = drafts.get(key);
    if (found == null) {
      found = restored(key);
      drafts.put(key, found);
    }
    if (drafts.size() > MAX_DRAFTS) {
      Iterator<Map.Entry<String, Draft>> each = drafts.entrySet().iterator();
      Map.Entry<String, Draft> eldest = each.next();
      write(eldest.getKey(), eldest.getValue());
      each.remove();
    }
    return found;
  }

  private Draft restored(String key) throws Exception {
    WrittenChunks written = state.chunks(key);
    LastWritten last = state.written(key);
    Content content = last == null ? null : last.content();
    List<Embedding> vectors = content == null ? List.of() : content.embeddings();
    Draft draft = new Draft(new ArrayList<>(), new ArrayList<>(), knows(written));
    for (int i = 0; i < written.count(); i++) {
      boolean isKnown = i < written.chunks().size();
      draft.chunks.add(isKnown ? written.chunks().get(i) : Said.UNKNOWN);
      draft.vectors.add(i < vectors.size() ? vectors.get(i) : NO_VECTORS);
    }
    return draft;
  }

  /** Whether there are chunks, of which something is known if changes are looked for. */
  private boolean knows(WrittenChunks written) {
    return settings.options().isOff() ? written.count() > 0 : !written.chunks().isEmpty();
  }

  /**
   * Without a hash of the whole document, which takes all of its chunks: it is made when the
   * document comes, by its chunks, none of which has to be embedded.
   */
  private void write(String key, Draft draft) throws Exception {
    List<Said> chunks = draft.chunks;
    boolean nothingIsKnown = chunks.stream().allMatch(Said.UNKNOWN::equals);
    var written = new WrittenChunks(chunks.size(), nothingIsKnown ? List.of() : chunks);
    keys += (knows(written) ? 1 : 0) - (draft.isKnown ? 1 : 0);
    state.write(key, written);
    if (settings.options().mode() != ChangeMode.METADATA_ONLY) {
      return;
    }
    if (nothingIsKnown) {
      state.forget(key);
    } else {
      var content = new Content(Fingerprint.UNKNOWN, draft.vectors);
      state.write(key, new LastWritten(Fingerprint.UNKNOWN, /* tokens= */ 0, content));
    }
  }
}

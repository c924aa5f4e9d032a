package dev.streambed.cli.search;

import dev.streambed.cli.kafka.KafkaAccess;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.EmbeddingReader.Entry;
import dev.streambed.query.MetadataFilter;
import dev.streambed.query.SeenNames;
import dev.streambed.query.VectorIndex;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** The embeddings that a topic has at one moment: the last one of each key. */
final class SearchedTopic {
  private static final int MOST_PROBLEMS = 3;

  private final String topic;
  private final ModelDirectory model;
  private final @Nullable VectorSpace wanted;
  private final List<MetadataFilter> filters;

  /**
   * A search in a topic.
   *
   * @param wanted of several spaces the one to search in; null if there is but one
   */
  SearchedTopic(
      String topic,
      ModelDirectory model,
      @Nullable VectorSpace wanted,
      List<MetadataFilter> filters) {
    this.topic = topic;
    this.model = model;
    this.wanted = wanted;
    this.filters = List.copyOf(filters);
  }

  /**
   * Reads the topic.
   *
   * @throws CommandFailedException if that cannot be, or it has no vectors of the model's space
   */
  SearchedVectors read(KafkaAccess kafka, EmbeddingReader.Options options) {
    List<String> problems = new ArrayList<>();
    List<Entry> entries = entries(kafka, options, problems);
    Map<String, List<Entry>> bySpace = new TreeMap<>();
    long bad = 0;
    for (Entry entry : entries) {
      if (entry.problem().isPresent()) {
        if (++bad <= MOST_PROBLEMS) {
          problems.add(entry.problem().get());
        }
      } else {
        bySpace.computeIfAbsent(space(entry.embedding()), each -> new ArrayList<>()).add(entry);
      }
    }
    if (bySpace.isEmpty()) {
      problems.forEach(Progress::say);
    }
    VectorSpace space = theSpace(bySpace, bad);
    var index = new VectorIndex<SearchedText>();
    var names = new SeenNames(filters.stream().map(MetadataFilter::name).toList());
    for (Entry entry : bySpace.getOrDefault(space.toString(), List.of())) {
      EmbeddingRecord embedding = entry.embedding();
      names.add(embedding.metadata().keySet());
      if (filters.stream().allMatch(filter -> filter.takes(embedding.metadata()))) {
        index.add(embedding.embedding(), text(entry, embedding));
      }
    }
    filters.stream()
        .filter(filter -> names.lacks(filter.name()))
        .map(
            filter ->
                "No record has %s in its metadata (--filter); there are: %s."
                    .formatted(filter.name(), names.shown()))
        .distinct()
        .forEach(problems::add);
    return new SearchedVectors(space.dimensions(), index, problems, bad);
  }

  private List<Entry> entries(
      KafkaAccess kafka, EmbeddingReader.Options options, List<String> problems) {
    var read = new AtomicLong();
    try (EmbeddingReader reader = EmbeddingReader.open(kafka.properties(), topic, options)) {
      long all = reader.remaining();
      List<Entry> entries =
          Progress.during(
              () -> reader.readLatest(entry -> read.incrementAndGet()),
              System.err,
              () ->
                  "read %,d records of %,d offsets of topic %s".formatted(read.get(), all, topic));
      SeenNames seen = reader.seenFields();
      options
          .fields()
          .forEach(
              (field, name) -> {
                if (seen.lacks(name)) {
                  problems.add(
                      "No record has the field %s (--field %s=%s); there are: %s."
                          .formatted(name, field, name, seen.shown()));
                }
              });
      return entries;
    } catch (KafkaException e) {
      throw kafka.failure(e, topic);
    }
  }

  /**
   * The address of the vector's space. A record of version 1 has that of its model, if it is ours.
   */
  private String space(EmbeddingRecord embedding) {
    String space = embedding.provenance().space();
    ModelReference its = embedding.provenance().model();
    if (space != null) {
      return space;
    }
    return its.digest().equals(model.digest())
        ? model.description().space(embedding.dimensions()).toString()
        : "model %s (digest %s) with %d dimensions"
            .formatted(Utf8.printable(its.name()), its.digest(), embedding.dimensions());
  }

  private VectorSpace theSpace(Map<String, List<Entry>> bySpace, long bad) {
    if (bySpace.isEmpty()) {
      throw new CommandFailedException(
          bad == 0
              ? "Topic %s has no embeddings: nothing is committed, or everything is deleted."
                  .formatted(topic)
              : "Topic %s has no embeddings but %,d records that are none.".formatted(topic, bad));
    }
    String chosen = wanted == null ? bySpace.keySet().iterator().next() : wanted.toString();
    String counts =
        bySpace.entrySet().stream()
            .map(each -> "%,d of %s".formatted(each.getValue().size(), each.getKey()))
            .collect(Collectors.joining(", "));
    if (wanted == null && bySpace.size() > 1) {
      throw new CommandFailedException(
          "Topic %s has vectors of several spaces, which do not compare: %s. Name one with --space."
              .formatted(topic, counts));
    }
    if (!bySpace.containsKey(chosen)) {
      throw new CommandFailedException(
          "Topic %s has no vectors of %s, but %s.".formatted(topic, chosen, counts));
    }
    return checked(chosen);
  }

  private VectorSpace checked(String chosen) {
    VectorSpace space;
    try {
      space = VectorSpace.parse(chosen);
    } catch (IllegalArgumentException e) { // of a model that is not ours, without an address
      throw otherSpace(chosen, model.description().space().toString());
    }
    String ours = model.description().space(space.dimensions()).toString();
    if (!ours.equals(chosen)) {
      throw otherSpace(chosen, ours);
    }
    return space;
  }

  private CommandFailedException otherSpace(String found, String ours) {
    return new CommandFailedException(
        "The vectors of topic %s are of %s; model directory %s gives those of %s, which do not compare with them. Name the model directory that made them with --model."
            .formatted(topic, found, model.path(), ours));
  }

  /** A key that is text as it is; one of other bytes in base64, without the index of a chunk. */
  private static @Nullable String label(Entry entry, EmbeddingRecord embedding) {
    byte[] key = entry.key();
    if (key == null) {
      return null;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    } catch (CharacterCodingException e) { // no text
      ChunkOfText chunk = embedding.chunk();
      String document = embedding.key();
      return chunk == null || document == null
          ? entry.keyText()
          : ChunkOfText.key(document, chunk.index());
    }
  }

  private static SearchedText text(Entry entry, EmbeddingRecord embedding) {
    SourcePosition position = entry.position();
    return new SearchedText(
        entry.keyText(),
        label(entry, embedding),
        position.toString(),
        embedding.text(),
        position.topic(),
        position.partition(),
        position.offset(),
        embedding.metadata());
  }
}

package dev.streambed.schemas;

import dev.streambed.schemas.DeadLetter.Part;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Example records, fixed and random. */
public final class Records {

  public static final String DIGEST = "ab".repeat(32);
  public static final String SPACE =
      "streambed://text-embedding@1/all-MiniLM-L6-v2@0123456789ab?dimensions=7";

  private Records() {}

  public static TextRecord text() {
    return new TextRecord(
        "sotu-1862-7",
        "The dogmas of the quiet past \"…\" are inadequate\n\u0000 \uD83D\uDE00 to the stormy present.",
        "passage",
        Map.of("year", "1862", "president", "Abraham Lincoln", "日本", ""),
        -3_376_684_800_000L);
  }

  /** As version 1 wrote it: metadata are strings, and it does not say its space. */
  public static EmbeddingRecord embeddingOfVersion1() {
    return embedding(text().metadata(), null, null);
  }

  public static EmbeddingRecord embedding() {
    return embedding(text().metadata(), SPACE, "int8");
  }

  /** With a value of each type that version 2 knows. */
  public static EmbeddingRecord typedEmbedding() {
    Map<String, @Nullable Object> metadata = new HashMap<>(text().metadata());
    metadata.put("page", -7L);
    metadata.put("price", 12.5);
    metadata.put("draft", false);
    metadata.put("editor", null);
    metadata.put("tags", Arrays.asList("war", 1862L, 0.1, true, null));
    metadata.put("none", List.of());
    return embedding(metadata, SPACE, "int8");
  }

  /** With vectors of two other lengths, and values of all types. */
  public static EmbeddingRecord embeddingOfSeveralLengths() {
    EmbeddingRecord one = typedEmbedding();
    return new EmbeddingRecord(
        one.key(),
        one.text(),
        one.embedding(),
        List.of(
            new OtherVector(SPACE.replace("=7", "=9"), new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}),
            new OtherVector(SPACE.replace("=7", "=2"), new float[] {0.6f, -0.8f})),
        one.provenance(),
        one.metadata(),
        one.eventTimeMillis());
  }

  /** A chunk of a text, with vectors of several lengths. */
  public static EmbeddingRecord embeddingOfAChunk() {
    return withChunk(embeddingOfSeveralLengths(), new ChunkOfText(0, 5, 0, 70_000));
  }

  public static EmbeddingRecord withChunk(EmbeddingRecord record, @Nullable ChunkOfText chunk) {
    return new EmbeddingRecord(
        record.key(),
        record.text(),
        record.embedding(),
        record.others(),
        record.provenance(),
        record.metadata(),
        record.eventTimeMillis(),
        chunk);
  }

  private static EmbeddingRecord embedding(
      Map<String, @Nullable Object> metadata, @Nullable String space, @Nullable String precision) {
    TextRecord text = text();
    return new EmbeddingRecord(
        text.key(),
        text.text(),
        new float[] {0.1f, -0.0f, 1.0E10f, Float.MIN_VALUE, -1.4E-45f, 3.4028235E38f, 2.0f / 3},
        new Provenance(
            new ModelReference("all-MiniLM-L6-v2", "1", DIGEST, precision),
            space,
            text.prompt(),
            17,
            /* truncated= */ true,
            space == null ? null : 2,
            Provenance.contentHash(text.text()),
            new SourcePosition("texts", 3, 91_827)),
        metadata,
        text.eventTimeMillis());
  }

  public static DeadLetter letter() {
    return new DeadLetter(
        Stage.DECODE,
        "INVALID_JSON",
        "Cannot decode text record: not valid JSON at character 1.",
        new SourceRecord(
            new SourcePosition("texts", 3, 91_827),
            1_700_000_000_000L,
            utf8("sotu-1862-7"),
            new byte[] {'{', (byte) 0xff},
            List.of(
                new RecordHeader("trace", new byte[] {0, 1}),
                new RecordHeader("trace", null),
                new RecordHeader("", new byte[0]))),
        List.of(new DeadLetter.Omission(Part.KEY, 5)));
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  public static TextRecord randomText(Random random) {
    Map<String, @Nullable Object> metadata = new HashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      metadata.put(randomString(random, 0), randomString(random, 0));
    }
    return new TextRecord(
        randomNullable(random),
        randomString(random, 1),
        random.nextBoolean() ? randomString(random, 1) : null,
        metadata,
        random.nextLong());
  }

  public static EmbeddingRecord randomEmbedding(Random random) {
    TextRecord text = randomText(random);
    int length = 1 + random.nextInt(50);
    List<OtherVector> others = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      others.add(
          new OtherVector("streambed://o", randomVector(random, length + (i % 2 == 0 ? 50 : i))));
    }
    return new EmbeddingRecord(
        text.key(),
        random.nextBoolean() ? text.text() : null,
        randomVector(random, length),
        others,
        new Provenance(
            new ModelReference(
                randomString(random, 1),
                randomString(random, 0),
                DIGEST,
                random.nextBoolean() ? randomString(random, 1) : null),
            "streambed://" + randomString(random, 1),
            text.prompt(),
            1 + random.nextInt(1_000),
            random.nextBoolean(),
            random.nextBoolean() ? (Integer) 1 : null,
            Provenance.contentHash(text.text()),
            new SourcePosition("topic", random.nextInt(100), random.nextInt(1_000_000))),
        randomMetadata(random),
        text.eventTimeMillis(),
        random.nextBoolean() ? randomChunk(random) : null);
  }

  private static ChunkOfText randomChunk(Random random) {
    int index = random.nextInt(1_000);
    int start = random.nextInt(2) * random.nextInt(1_000_000);
    return new ChunkOfText(
        index, index + 1 + random.nextInt(10), start, start + random.nextInt(1_000));
  }

  private static float[] randomVector(Random random, int length) {
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static Map<String, @Nullable Object> randomMetadata(Random random) {
    Map<String, @Nullable Object> metadata = new HashMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      List<@Nullable Object> list = new ArrayList<>();
      for (int j = random.nextInt(4); j > 0; j--) {
        list.add(randomScalar(random));
      }
      metadata.put(randomString(random, 0), random.nextBoolean() ? list : randomScalar(random));
    }
    return metadata;
  }

  private static @Nullable Object randomScalar(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> randomString(random, 0);
      case 1 -> random.nextLong();
      case 2 -> random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300);
      case 3 -> random.nextBoolean();
      default -> null;
    };
  }

  private static @Nullable String randomNullable(Random random) {
    return random.nextBoolean() ? randomString(random, 0) : null;
  }

  /** Any code points but surrogates, control characters and the highest planes included. */
  public static String randomString(Random random, int minLength) {
    var text = new StringBuilder();
    for (int i = minLength + random.nextInt(20); i > 0; i--) {
      int codePoint =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(0x20);
            case 1 -> 0x20 + random.nextInt(0x60);
            case 2 -> random.nextInt(0xD800);
            default -> 0xE000 + random.nextInt(0x110000 - 0xE000);
          };
      text.appendCodePoint(codePoint);
    }
    return text.toString();
  }
}

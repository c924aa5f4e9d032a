import dev.streambed.embedder.VectorSpace;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.EmbeddingReader.Entry;
import dev.streambed.query.EmbeddingReader.Options;
import dev.streambed.schemas.EmbeddingRecord;
import java.time.Duration;
import java.util.Map;

/**
 * Reads a topic of embeddings exactly once, as far as Kafka goes. After a build by ./streambed:
 *
 *   java @target/launcher/java.options docs/examples/ReadEmbeddings.java localhost:9092 embeddings [SPACE]
 *
 * With the address of a vector space, such as ./streambed inspect shows, it takes no other vectors than those that
 * compare with it.
 */
class ReadEmbeddings {
  public static void main(String[] args) {
    Map<String, String> kafka = Map.of("bootstrap.servers", args[0], "group.id", "read-embeddings");
    Options options = args.length > 2 ? Options.DEFAULT.withSpace(VectorSpace.parse(args[2])) : Options.DEFAULT;
    try (EmbeddingReader reader = EmbeddingReader.open(kafka, args[1], options)) {
      while (true) {
        reader.poll(Duration.ofSeconds(1), ReadEmbeddings::handle);
        reader.commit(); // after the work is done
      }
    }
  }

  /** A store that takes the key as its id makes one document of a record that comes again after a crash here. */
  private static void handle(Entry entry) {
    if (entry.isTombstone()) {
      System.out.println("delete " + entry.keyText());
      return;
    }
    EmbeddingRecord record = entry.embedding(); // throws if it is none, or is of another space
    System.out.printf(
        "store %s: %d dimensions of \"%s\"%n",
        entry.keyText(), record.dimensions(), record.provenance().model().name());
  }
}

package dev.streambed.embedder.batch;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A text embedder that does what a test says, at once. Unless told otherwise, a text has one token
 * per character, its code, at most 512; its vector is {first token, number of tokens}.
 */
final class ScriptedTextEmbedder implements TextEmbedder {
  volatile Function<String, @Nullable TokenIds> tokeniser = ScriptedTextEmbedder::tokens;
  volatile Function<List<TokenIds>, @Nullable List<Embedding>> model =
      ScriptedTextEmbedder::vectors;
  volatile IntConsumer probe = tokens -> {};

  static TokenIds tokens(String text) {
    return new TokenIds(text.chars().limit(512).asLongStream().toArray(), text.length() > 512);
  }

  static List<Embedding> vectors(List<TokenIds> batch) {
    List<Embedding> embeddings = new ArrayList<>();
    for (TokenIds text : batch) {
      float[] vector = {text.ids()[0], text.length()};
      embeddings.add(new Embedding(vector, text.length(), text.truncated()));
    }
    return embeddings;
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public TokenLayout layout() {
    return TokenLayout.PADDED;
  }

  @Override
  public String modelDigest() {
    return "scripted";
  }

  @Override
  @SuppressWarnings("NullAway") // null is what a bad embedder may return
  public TokenIds tokenise(String text, @Nullable String promptName) {
    return tokeniser.apply(text);
  }

  @Override
  @SuppressWarnings("NullAway")
  public List<Embedding> embed(List<TokenIds> batch) {
    return model.apply(batch);
  }

  @Override
  public void probe() {
    probe.accept(1);
  }

  @Override
  public void probe(int tokens) {
    probe.accept(tokens);
  }

  @Override
  public void terminate() {}

  @Override
  public void close() {}
}

package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.chunk.Chunk;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.TextSplitter;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TokenCounterIT {
  private final OnnxTextEmbedder embedder =
      OnnxTextEmbedder.open(
          ModelDirectory.open(TinyModelDirectory.path()), EmbedderOptions.DEFAULT);

  @AfterEach
  void close() {
    embedder.close();
  }

  @Test
  void countsTokensForASplitter() {
    String text = "the people ".repeat(20);
    for (String prompt : List.of("none", "query")) {
      var splitter = new TextSplitter(embedder.tokenCounter(prompt), ChunkingOptions.DEFAULT);

      List<Chunk> chunks = splitter.split(text);

      assertThat(chunks).hasSizeGreaterThan(2);
      for (Chunk chunk : chunks) {
        TokenIds tokens = embedder.tokenise(chunk.of(text), prompt);
        assertThat(tokens.length()).isEqualTo(chunk.tokens()).isLessThanOrEqualTo(16);
        assertThat(tokens.truncated()).isFalse();
      }
    }
    assertRejected(() -> embedder.tokenCounter("essay"), Reason.UNKNOWN_PROMPT);
    assertRejected(() -> embedder.tokenCounter(null).check("a\uD83D"), Reason.INVALID_UNICODE);
  }

  @Test
  void rejectsTextsOfMoreTokensThanAsked() {
    String text = "the people ".repeat(20);
    var limited = embedder.lease(EmbedderOptions.DEFAULT.withMaxTokens(10));
    var unlimited = embedder.lease(EmbedderOptions.DEFAULT.withMaxTokens(0));

    assertThat(embedder.tokenise(text, "none").truncated()).isTrue();
    for (String prompt : List.of("none", "query")) {
      int fixed = embedder.tokenCounter(prompt).tokensForModel("");
      int all = fixed + embedder.tokenCounter(prompt).tokensAlone(text);
      assertThatThrownBy(() -> limited.tokenise(text, prompt))
          .isInstanceOf(TextRejectedException.class)
          .hasMessage(
              "The text has %d tokens with prompt and special tokens (220 characters); the limit is 10.",
              all);
      assertRejected(() -> limited.tokenise(text, prompt), Reason.TOO_MANY_TOKENS);
      assertRejected(() -> unlimited.tokenise(text, prompt), Reason.TOO_MANY_TOKENS);
    }
    String full = "people ".repeat(10 - embedder.tokenCounter("none").tokensForModel(""));
    assertThat(limited.tokenise(full, "none").length()).isEqualTo(10);
    assertRejected(() -> limited.tokenise(full + "people", "none"), Reason.TOO_MANY_TOKENS);
    assertThat(unlimited.tokenise(full + "people", "none").length()).isEqualTo(11);
  }

  private static void assertRejected(ThrowingCallable call, Reason reason) {
    assertThatThrownBy(call)
        .asInstanceOf(InstanceOfAssertFactories.type(TextRejectedException.class))
        .extracting(TextRejectedException::reason)
        .isEqualTo(reason);
  }
}

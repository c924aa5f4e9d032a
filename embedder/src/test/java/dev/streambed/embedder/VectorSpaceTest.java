package dev.streambed.embedder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorSpaceTest {
  private static final String WEIGHTS = "0123456789ab";

  @ParameterizedTest
  @CsvSource({
    "tiny, tiny",
    "nomic-ai/nomic-embed-text-v2-moe, nomic-ai/nomic-embed-text-v2-moe",
    "~a_b.c, ~a_b.c",
    "my model, my%20model",
    "a@b?c&d=e#f%g+h, a%40b%3Fc%26d%3De%23f%25g%2Bh",
    "Satz-Einbetter-Größe, Satz-Einbetter-Gr%C3%B6%C3%9Fe",
    "模型, %E6%A8%A1%E5%9E%8B"
  })
  void isAUriWhateverTheModelIsCalled(String model, String encoded) {
    var space = new VectorSpace(model, WEIGHTS, "mean", 256);

    String address = space.toString();

    assertThat(address)
        .isEqualTo("streambed://text-embedding@1/" + encoded + "@0123456789ab?dimensions=256");
    assertThat(URI.create(address)).hasToString(address);
    assertThat(VectorSpace.parse(address)).isEqualTo(space);
  }

  @Test
  void namesAPoolingThatIsNotTheMean() {
    var space = new VectorSpace("bge", WEIGHTS, "cls", 384);

    assertThat(space)
        .hasToString("streambed://text-embedding@1/bge@0123456789ab?dimensions=384&pooling=cls");
    assertThat(VectorSpace.parse(space.toString())).isEqualTo(space);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tiny",
        "http://text-embedding@1/tiny@0123456789ab?dimensions=8",
        "streambed://text-embedding@2/tiny@0123456789ab?dimensions=8",
        "streambed://text-embedding@1/@0123456789ab?dimensions=8",
        "streambed://text-embedding@1/tiny@0123456789AB?dimensions=8",
        "streambed://text-embedding@1/tiny@0123456789abc?dimensions=8",
        "streambed://text-embedding@1/tiny@0123456789ab",
        "streambed://text-embedding@1/tiny@0123456789ab?dimensions=0",
        "streambed://text-embedding@1/tiny@0123456789ab?dimensions=08",
        "streambed://text-embedding@1/tiny@0123456789ab?dimensions=9999999999",
        "streambed://text-embedding@1/tiny@0123456789ab?dimensions=8&prompt=query",
        "streambed://text-embedding@1/tiny@0123456789ab?dimensions=8 "
      })
  void refusesWhatIsNoAddress(String address) {
    assertThatThrownBy(() -> VectorSpace.parse(address))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' is no address of a vector space: must be streambed://text-embedding@1/MODEL@WEIGHTS?dimensions=N, where WEIGHTS are 12 hex digits. 'streambed inspect' shows that of a model.",
            address);
  }

  @ParameterizedTest
  @CsvSource({
    "my model, my%20model",
    "my+model, my%20model",
    "%74iny, tiny",
    "gr%c3%bcn, gr%C3%BCn",
    "größe, gr%C3%B6%C3%9Fe"
  })
  void hasOneSpelling(String model, String right) {
    String address = "streambed://text-embedding@1/" + model + "@0123456789ab?dimensions=8";

    assertThatThrownBy(() -> VectorSpace.parse(address))
        .hasMessage(
            "The address '%s' of a vector space must be written as %s.",
            address, address.replace(model, right));
    assertThatThrownBy(
            () ->
                VectorSpace.parse(
                    "streambed://text-embedding@1/tiny@0123456789ab?dimensions=8&pooling=mean"))
        .hasMessageContaining("must be written as");
  }

  @Test
  void refusesAPercentSignThatEncodesNothing() {
    assertThatThrownBy(
            () -> VectorSpace.parse("streambed://text-embedding@1/100%x@0123456789ab?dimensions=8"))
        .hasMessageContaining("has a percent sign without two hex digits");
  }

  @Test
  void refusesVectorsOfAnotherSpaceAndNamesBoth() {
    var space = new VectorSpace("tiny", WEIGHTS, "mean", 8);
    VectorSpace shorter = space.withDimensions(4);

    space.requireSame(VectorSpace.parse(space.toString()));
    assertThatThrownBy(() -> space.requireSame(shorter))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Vectors of streambed://text-embedding@1/tiny@0123456789ab?dimensions=4 do not compare"
                + " with those of streambed://text-embedding@1/tiny@0123456789ab?dimensions=8:"
                + " embed both with one model, and cut them to one length.");
  }
}

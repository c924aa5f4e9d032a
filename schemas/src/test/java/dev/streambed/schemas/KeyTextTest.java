package dev.streambed.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeyTextTest {

  @Test
  void isTheTextOfAPrintableKey() {
    assertThat(KeyText.of(Records.utf8("sotu-1862 日本 \uD83D\uDE00")))
        .isEqualTo("sotu-1862 日本 \uD83D\uDE00");
    assertThat(KeyText.of(new byte[0])).isEmpty();
    assertThat(KeyText.of(null)).isNull();
  }

  @Test
  void isBase64OfWhatIsNotText() {
    assertThat(KeyText.of(new byte[] {0, 0, 0, 0, 0, 0, 0, 7})).isEqualTo("base64:AAAAAAAAAAc=");
    assertThat(KeyText.of(new byte[] {(byte) 0xff})).isEqualTo("base64:/w==");
    assertThat(KeyText.of(Records.utf8("a\nb"))).isEqualTo("base64:YQpi");
  }

  @Test
  void givesNoTwoKeysOneText() {
    byte[] key = {(byte) 0xff};
    byte[] looksLikeIt = Records.utf8(String.valueOf(KeyText.of(key)));

    assertThat(KeyText.of(looksLikeIt)).isEqualTo("base64:YmFzZTY0Oi93PT0=");
  }
}

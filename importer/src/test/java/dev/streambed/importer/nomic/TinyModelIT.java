package dev.streambed.importer.nomic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinyModelIT {
  @Test
  void theFilesInTheProjectAreWhatTheGeneratorWrites(@TempDir Path temporary) throws IOException {
    Path project = Path.of("..");

    TinyModel.writeTo(temporary);

    for (Path file :
        List.of(
            TinyModel.ENCODER,
            TinyModel.TOKENIZER,
            TinyModel.MODEL.resolve("model.onnx"),
            TinyModel.MODEL.resolve("tokenizer.json"),
            TinyModel.MODEL.resolve("streambed-model.json"))) {
      assertThat(Files.readAllBytes(project.resolve(file)))
          .describedAs("%s; run TinyModel.main to write it again", file)
          .isEqualTo(Files.readAllBytes(temporary.resolve(file)));
    }
  }
}

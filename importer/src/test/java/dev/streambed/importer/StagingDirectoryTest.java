package dev.streambed.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagingDirectoryTest {
  @TempDir private Path folder;

  @Test
  void theTargetAppearsWithTheCommitAndNothingElseRemains() throws IOException {
    Path target = folder.resolve("models/m");

    try (StagingDirectory staging = StagingDirectory.create(target)) {
      Files.writeString(staging.path().resolve("file"), "content");
      assertThat(target).doesNotExist();
      staging.commit();
    }

    assertThat(target.resolve("file")).hasContent("content");
    assertThat(target.getParent()).isDirectoryNotContaining(file -> !file.equals(target));
  }

  @Test
  void withoutACommitNothingRemains() throws IOException {
    Path target = folder.resolve("m");

    try (StagingDirectory staging = StagingDirectory.create(target)) {
      Files.createDirectories(staging.path().resolve("inner"));
      Files.writeString(staging.path().resolve("inner/file"), "content");
    }

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void anEmptyDirectoryIsFilledNotReplaced() throws IOException {
    Path target = Files.createDirectory(folder.resolve("mounted"));
    Object identity = Files.readAttributes(target, "fileKey").get("fileKey");

    try (StagingDirectory staging = StagingDirectory.create(target)) {
      Files.writeString(staging.path().resolve("file"), "content");
      Files.writeString(staging.path().resolve(ModelDescription.FILE_NAME), "{}");
      staging.commit();
    }

    assertThat(Files.readAttributes(target, "fileKey").get("fileKey")).isEqualTo(identity);
    assertThat(target.toFile().list())
        .containsExactlyInAnyOrder("file", ModelDescription.FILE_NAME);
  }

  @Test
  void refusesADirectoryThatHoldsSomething() throws IOException {
    Files.writeString(folder.resolve("file"), "content");

    assertThatThrownBy(() -> StagingDirectory.create(folder))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "Directory %s exists and is not empty. Name another, or delete it first.", folder);
  }

  @Test
  void refusesAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "content");

    assertThatThrownBy(() -> StagingDirectory.create(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("%s is a file; a model directory is to be made there.", file);
  }

  @Test
  void theSecondOfTwoImportsAtOnceIsRefusedAndTheFirstIsKept() throws IOException {
    Path target = folder.resolve("m");
    try (StagingDirectory first = StagingDirectory.create(target);
        StagingDirectory second = StagingDirectory.create(target)) {
      Files.writeString(first.path().resolve("file"), "first");
      Files.writeString(second.path().resolve("file"), "second");

      first.commit();

      assertThatThrownBy(second::commit)
          .isInstanceOf(InvalidModelException.class)
          .hasMessage(
              "Directory %s exists and is not empty. Name another, or delete it first.", target);
    }

    assertThat(target.resolve("file")).hasContent("first");
    assertThat(folder).isDirectoryNotContaining(file -> !file.equals(target));
  }
}

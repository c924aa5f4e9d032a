package dev.streambed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Editors find no mistake in the pipeline files that are shown, and find their schema. */
class EditorsTest {
  private static final Path SCHEMA = Guides.ROOT.resolve("docs/pipeline.schema.json");
  private static final Pattern SECTIONS = Pattern.compile("(?m)^streambed[:.]");
  private static final Pattern FIRST_LINE =
      Pattern.compile("# yaml-language-server: \\$schema=(\\S+)\n");

  private final JsonSchema schema =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(Guides.read(SCHEMA));

  @Test
  void takePipelineFilesOfTheGuides() throws IOException {
    int taken = 0;

    for (Path guide : Guides.files(".md")) {
      for (String block : Guides.blocks(Guides.read(guide))) {
        if (block.matches(Guides.PIPELINE)) {
          assertThat(errors(block)).as("%s: %s", guide, block).isEmpty();
          taken++;
        }
      }
    }

    assertThat(taken).isGreaterThan(5);
  }

  @Test
  void findTheSchemaInTheFirstLineOfPipelineFiles() throws IOException {
    List<Path> files =
        Guides.files(".yaml").stream()
            .filter(file -> SECTIONS.matcher(Guides.read(file)).find())
            .toList();

    assertThat(files).hasSizeGreaterThan(3);
    for (Path file : files) {
      String text = Guides.read(file);
      Matcher firstLine = FIRST_LINE.matcher(text);
      assertThat(firstLine.lookingAt()).as("%s begins with its schema", file).isTrue();
      assertThat(file.resolveSibling(firstLine.group(1)).normalize()).isEqualTo(SCHEMA);
      assertThat(errors(text)).as("%s", file).isEmpty();
    }
  }

  private Set<ValidationMessage> errors(String yaml) {
    LoadSettings settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
    return schema.validate(new ObjectMapper().valueToTree(new Load(settings).loadFromString(yaml)));
  }
}

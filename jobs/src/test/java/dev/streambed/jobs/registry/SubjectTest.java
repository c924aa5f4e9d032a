package dev.streambed.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.registry.FakeRegistry.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SubjectTest {
  private static final RegistrySchema SCHEMA = new RegistrySchema(RegistrySchema.AVRO, "\"int\"");
  private static final String FIND = "/subjects/s";
  private static final String COMPARE = "/compatibility/subjects/s/versions/latest";
  private static final String REGISTER = "/subjects/s/versions";

  @RegisterExtension private final FakeRegistry registry = new FakeRegistry();

  @Test
  void takesTheIdThatTheSubjectHas() throws Exception {
    registry.answers.put(FIND, new Answer(200, "{\"id\":7}"));

    assertThat(subject().find(SCHEMA)).hasValue(7);
    assertThat(subject().register(SCHEMA)).isEqualTo(7);

    assertThat(registry.asked).containsExactly(FIND, FIND); // a job may do without the right
  }

  @Test
  void registersTheFirstVersion() throws Exception {
    registry.answers.put(REGISTER, new Answer(200, "{\"id\":8}"));

    assertThat(subject().find(SCHEMA)).isEmpty();
    assertThat(registry.asked).containsExactly(FIND, COMPARE);
    assertThat(subject().register(SCHEMA)).isEqualTo(8);
  }

  @Test
  void registersAVersionThatMayFollow() throws Exception {
    registry.answers.put(COMPARE, new Answer(200, "{\"is_compatible\":true}"));
    registry.answers.put(REGISTER, new Answer(200, "{\"id\":9}"));

    assertThat(subject().find(SCHEMA)).isEmpty();
    assertThat(subject().register(SCHEMA)).isEqualTo(9);
  }

  @Test
  void registersNoneThatMayNotFollow() {
    registry.answers.put(COMPARE, new Answer(200, "{\"is_compatible\":false}"));
    registry.answers.put(REGISTER, new Answer(200, "{\"id\":9}"));

    for (var ask : List.<Ask>of(Subject::find, Subject::register)) {
      assertThatThrownBy(() -> ask.of(subject(), SCHEMA))
          .isInstanceOf(RegistryException.class)
          .hasMessage(
              "the rule of compatibility of subject s does not let this schema follow its latest version");
    }
    assertThat(registry.asked).doesNotContain(REGISTER);
  }

  @Test
  void saysWhatTheRegistrySays() {
    registry.answers.put(
        REGISTER, new Answer(422, "{\"error_code\":42201,\"message\":\"Invalid\\nschema\"}"));

    assertThatThrownBy(() -> subject().register(SCHEMA))
        .hasMessage("it does not take the schema (42201): Invalid schema");
    registry.answers.put(REGISTER, new Answer(403, "{}"));
    assertThatThrownBy(() -> subject().register(SCHEMA))
        .hasMessageContaining("refuses the login with status 403");
  }

  private interface Ask {
    Object of(Subject subject, RegistrySchema schema) throws Exception;
  }

  private Subject subject() {
    return new Subject(registry.options(), "s");
  }
}

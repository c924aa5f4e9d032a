package dev.streambed.jobs;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.registry.PatientRegistry;
import dev.streambed.jobs.registry.RegistryException;
import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.jobs.registry.RegistrySchema;
import dev.streambed.jobs.registry.Subject;
import dev.streambed.schemas.profile.Profile;
import java.util.Objects;

/** Asks a schema registry before a job runs. Used by the thread that starts the job. */
final class SchemaRegistration {

  private SchemaRegistration() {}

  /** Asks a registry. */
  private interface Request<T> {
    T send() throws RegistryException, InterruptedException;
  }

  /**
   * Waits until the registry of the pipeline answers, if it has one.
   *
   * @throws InvalidPipelineException if it does not in time, or does not let the job in
   */
  static void checkAnswers(EmbedTopicOptions options) {
    Subject subject = options.sink().subject();
    RegistryOptions ofSource = options.source().format().options().registry();
    RegistryOptions registry = ofSource == null && subject != null ? subject.registry() : ofSource;
    if (registry == null) {
      return;
    }
    ask(
        "Cannot use the schema registry: %s. Check that it runs, and streambed.registry.url; that of Apicurio ends with /apis/ccompat/v7.",
        () -> {
          PatientRegistry.checkAnswers(registry, options.startupTimeout());
          return registry;
        });
  }

  /**
   * Checks that the subject of embeddings has their schema, or takes it; changes nothing.
   *
   * @throws InvalidPipelineException if it does not
   */
  static void check(SinkOptions sink, Profile profile) {
    Subject subject = sink.subject();
    if (subject != null) {
      ask(refusal(subject), () -> subject.find(schema(sink, profile)));
    }
  }

  /**
   * The profile with values in the registry's wire format, if the embeddings have a subject, which
   * then has their schema.
   *
   * @throws InvalidPipelineException if it does not take it
   */
  static Profile register(SinkOptions sink, Profile profile) {
    Subject subject = sink.subject();
    return subject == null
        ? profile
        : profile.withSchemaId(
            ask(refusal(subject), () -> subject.register(schema(sink, profile))));
  }

  private static RegistrySchema schema(SinkOptions sink, Profile profile) {
    return new RegistrySchema(sink.format().name(), Objects.requireNonNull(profile.schema()));
  }

  private static String refusal(Subject subject) {
    return "Cannot register the schema of embeddings under %s: %%s. Give streambed.sink.subject another name, or change the subject's rule of compatibility."
        .formatted(subject.name().replace("%", "%%"));
  }

  private static <T> T ask(String message, Request<T> request) {
    try {
      return request.send();
    } catch (RegistryException e) {
      throw new InvalidPipelineException(message.formatted(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InvalidPipelineException("Interrupted while asking the schema registry.", e);
    }
  }
}

package dev.streambed.server.dialect;

import org.apiguardian.api.API;

/** A way to write requests, answers and errors: OpenAI's, or that of text-embeddings-inference. */
@API(status = API.Status.INTERNAL)
public interface Dialect {
  Dialect OPENAI = new OpenAiDialect();
  Dialect TEI = new TeiDialect();

  /**
   * Reads the body of a request for embeddings.
   *
   * @throws RequestException if it is none
   */
  EmbedRequest parse(byte[] body, InputLimits limits);

  /** The answer in JSON. */
  byte[] write(EmbedAnswer answer);

  /** The error in JSON. */
  byte[] write(RequestException failure);

  /** The status of an answer with this error. */
  int status(RequestException failure);
}

package dev.streambed.jobs.registry;

import dev.streambed.jobs.registry.RegistryException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one registry, with login and TLS. The trust store is read once, the login when it is
 * made and by {@link #renewLogin}. Confined to one thread.
 */
final class RegistryConnection implements AutoCloseable {
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);

  /** How long the client's thread outlives its last request. */
  private static final long IDLE_SECONDS = 2;

  private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

  private final HttpClient http;
  private @Nullable String authorization;

  /**
   * A connection, which connects when it is asked for something.
   *
   * @throws RegistryException if a secret or the trust store cannot be read
   */
  RegistryConnection(RegistryOptions options) throws RegistryException {
    this.authorization = authorization(options);
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_LIMIT)
            .version(HttpClient.Version.HTTP_1_1)
            .executor(threads());
    String trustStore = options.trustStore();
    if (trustStore != null) {
      builder.sslContext(
          tls(Path.of(trustStore), options.secret(RegistryOptions.TRUST_STORE_PASSWORD)));
    }
    this.http = withoutContextClassLoader(builder);
  }

  /** Reads the login again, which may have been corrected. */
  void renewLogin(RegistryOptions options) throws RegistryException {
    authorization = authorization(options);
  }

  private static @Nullable String authorization(RegistryOptions options) throws RegistryException {
    try {
      String token = options.secret(RegistryOptions.BEARER_TOKEN);
      if (token != null) {
        return "Bearer " + token;
      }
      return options.username() == null
          ? null
          : "Basic "
              + Base64.getEncoder()
                  .encodeToString(
                      (options.username() + ":" + options.secret(RegistryOptions.PASSWORD))
                          .getBytes(StandardCharsets.UTF_8));
    } catch (RuntimeException e) { // of Kafka's providers
      throw new RegistryException(Kind.LOGIN, "what a secret refers to cannot be read", e);
    }
  }

  private static ThreadPoolExecutor threads() {
    return new ThreadPoolExecutor(
        /* corePoolSize= */ 0,
        /* maximumPoolSize= */ 1,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> {
          Thread thread = new Thread(task, "schema-registry");
          thread.setDaemon(true);
          thread.setContextClassLoader(null);
          return thread;
        });
  }

  /** The client's own thread would keep the job's class loader (docs/decisions/0062). */
  private static HttpClient withoutContextClassLoader(HttpClient.Builder builder) {
    Thread thread = Thread.currentThread();
    ClassLoader context = thread.getContextClassLoader();
    thread.setContextClassLoader(null);
    try {
      return builder.build();
    } finally {
      thread.setContextClassLoader(context);
    }
  }

  private static SSLContext tls(Path trustStore, @Nullable String password)
      throws RegistryException {
    try {
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(certificates(trustStore, password));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(/* km= */ null, trust.getTrustManagers(), /* random= */ null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new RegistryException(
          Kind.LOGIN, "the trust store %s cannot be read: %s".formatted(trustStore, e), e);
    }
  }

  private static KeyStore certificates(Path file, @Nullable String password)
      throws IOException, GeneralSecurityException {
    if (!isPem(file)) {
      return KeyStore.getInstance(file.toFile(), password == null ? null : password.toCharArray());
    }
    if (password != null) {
      throw new IOException(
          "it is PEM, which has no password; remove streambed.registry.ssl.truststore.password");
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(file)) {
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry(Integer.toString(store.size()), certificate);
      }
    }
    return store;
  }

  private static boolean isPem(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(1 << 16), StandardCharsets.ISO_8859_1)
          .contains("-----BEGIN CERTIFICATE");
    }
  }

  /**
   * Sends a request.
   *
   * @param body null for a GET, else for a POST
   */
  HttpResponse<byte[]> send(String url, @Nullable String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(REQUEST_LIMIT)
            .header("Accept", CONTENT_TYPE + ", application/json");
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    if (body != null) {
      request
          .header("Content-Type", CONTENT_TYPE)
          .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8));
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  /** Ends its threads at once on Java 21 and later; else they end when nothing refers to it. */
  @Override
  public void close() {
    if (http instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        throw new IllegalStateException("Cannot close the client of the schema registry.", e);
      }
    }
  }
}

package case2fhir;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.r5.JpaR5Config;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.RequestValidatingInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.ServerConnector;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * HAPI FHIR JPA on loopback. Prints "ready BASE_URL" when it can be used.
 *
 * Arguments: 4.0|5.0, port (0 chooses one), JDBC address of H2, then any of
 *   no-client-ids   refuses a PUT of a resource that is not there (client ids not allowed)
 *   validate        validates what comes in against the base profiles and refuses errors
 */
public final class Server {
    public static void main(String[] arguments) throws Exception {
        ((Logger) LoggerFactory.getLogger("ROOT")).setLevel(Level.ERROR);
        var options = java.util.List.of(arguments).subList(3, arguments.length);
        Configuration.address = arguments[2];
        Configuration.clientIds = !options.contains("no-client-ids");
        var form = arguments[0].equals("5.0") ? JpaR5Config.class : JpaR4Config.class;
        var beans = new AnnotationConfigApplicationContext(form, Configuration.class);
        // a resource type of its own is looked for when the first request comes; do that now
        beans.getBean(ISearchParamRegistry.class).forceRefresh();

        var servlet = servlet(beans, options.contains("validate"));
        var server = new org.eclipse.jetty.server.Server();
        var connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(arguments[1]));
        server.addConnector(connector);
        var context = new ServletContextHandler("/");
        context.addServlet(new ServletHolder(servlet), "/fhir/*");
        server.setHandler(context);
        server.start();
        System.out.println("ready http://127.0.0.1:" + connector.getLocalPort() + "/fhir");
        System.out.flush();
        server.join();
    }

    @SuppressWarnings("unchecked")
    private static RestfulServer servlet(AnnotationConfigApplicationContext beans, boolean validate) {
        var servlet = new RestfulServer(beans.getBean(FhirContext.class));
        servlet.registerProviders(
                beans.getBean("myResourceProvidersR" + version(beans), ResourceProviderFactory.class).createProviders());
        servlet.registerProvider(beans.getBean("mySystemProviderR" + version(beans)));
        servlet.setPagingProvider(beans.getBean(DatabaseBackedPagingProvider.class));
        servlet.setDefaultResponseEncoding(EncodingEnum.JSON);
        servlet.setServerConformanceProvider(new JpaCapabilityStatementProvider(
                servlet,
                beans.getBean(IFhirSystemDao.class),
                beans.getBean(JpaStorageSettings.class),
                beans.getBean(ISearchParamRegistry.class),
                beans.getBean("myJpaValidationSupportChain", IValidationSupport.class)));
        if (validate) {
            var check = new RequestValidatingInterceptor();
            check.addValidatorModule(beans.getBean(FhirInstanceValidator.class));
            check.setFailOnSeverity(ResultSeverityEnum.ERROR);
            check.setAddResponseHeaderOnSeverity(null);
            servlet.registerInterceptor(check);
        }
        return servlet;
    }

    private static String version(AnnotationConfigApplicationContext beans) {
        return beans.getBean(FhirContext.class).getVersion().getVersion().name().substring(1);
    }
}

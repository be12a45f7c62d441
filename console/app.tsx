import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { LocationProvider, Route, Router, useLocation } from "preact-iso/router";
import type { ConsoleConfig } from "../functions/core/api/console.ts";
import { forgetAnswers, useAsk } from "./asking.ts";
import { AlertsPage } from "./pages/alerts.tsx";
import { AuditPage } from "./pages/audit.tsx";
import { ChannelsPage } from "./pages/channels.tsx";
import { DrillPage } from "./pages/drill.tsx";
import { DrillsPage } from "./pages/drills.tsx";
import { NotFound } from "./pages/not-found.tsx";
import { Overview } from "./pages/overview.tsx";
import { PointPage } from "./pages/point.tsx";
import { RestorePage } from "./pages/restore.tsx";
import { RestoresPage } from "./pages/restores.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { SourcePage } from "./pages/source.tsx";
import { WizardPage } from "./pages/wizard.tsx";
import { Refused } from "./parts/answered.tsx";
import { Boundary } from "./parts/boundary.tsx";
import { Shell } from "./parts/shell.tsx";
import { onSessionEnd, token } from "./session.ts";
import { HereContext } from "./who.ts";

/** The whole console: a page to sign in on, or the pages with their frame. */
export function App({ config, failure }: { config: ConsoleConfig; failure?: string }) {
  const [why, setWhy] = useState(failure);
  const [signedIn, setSignedIn] = useState(token() !== undefined);
  useEffect(
    () =>
      onSessionEnd((said) => {
        forgetAnswers();
        setWhy(said);
        setSignedIn(false);
      }),
    [],
  );
  if (!signedIn) return <SignInPage config={config} why={why} />;
  return (
    <LocationProvider>
      <Frame config={config}>
        <Boundary>
          <Router>
            <Route path="/" component={Overview} />
            <Route path="/sources/:source" component={SourcePage} />
            <Route path="/sources/:source/points/:point" component={PointPage} />
            <Route path="/sources/:source/drills/:drill" component={DrillPage} />
            <Route path="/drills" component={DrillsPage} />
            <Route path="/alerts" component={AlertsPage} />
            <Route path="/channels" component={ChannelsPage} />
            <Route path="/restores" component={RestoresPage} />
            <Route path="/restores/:restore" component={RestorePage} />
            <Route path="/restore" component={WizardPage} />
            <Route path="/audit" component={AuditPage} />
            <Route default component={NotFound} />
          </Router>
        </Boundary>
      </Frame>
    </LocationProvider>
  );
}

/** What is around every page, once it is known who looks at it. */
function Frame({ config, children }: { config: ConsoleConfig; children: ComponentChildren }) {
  const { answer: me, refusal, again } = useAsk("whoAmI", {});
  const { path } = useLocation();
  useEffect(() => scrollTo(0, 0), [path]);
  return (
    <Shell config={config} me={me} path={path}>
      {me ? (
        <HereContext.Provider value={{ config, me }}>{children}</HereContext.Provider>
      ) : (
        refusal && (
          <>
            <h1>{refusal.status === 403 ? "You have no role here" : "It cannot be said who you are"}</h1>
            <Refused refusal={refusal} again={again} />
          </>
        )
      )}
    </Shell>
  );
}

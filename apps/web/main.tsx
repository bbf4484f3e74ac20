/** Starts the page: the cluster that its own address belongs to, and the theme. */
import { render } from 'preact';
import { ClusterModel } from './model/cluster.ts';
import { takeFaultAccess } from './model/fault-access.ts';
import { Faults } from './model/faults.ts';
import { applyTheme } from './theme.ts';
import { App } from './views/app.tsx';
import 'virtual:charts.css';
import './style/page.css';
import './style/ring.css';
import './style/chart.css';
import './style/tables.css';
import './style/faults.css';
import 'uplot/dist/uPlot.min.css';
import './style/metrics.css';
import './style/events.css';

applyTheme();
const cluster = new ClusterModel(location.origin, new Faults(takeFaultAccess()));
cluster.start();
const page = document.getElementById('page');
if (page !== null) render(<App cluster={cluster} />, page);

/** The thread that `credentials.ts` starts: makes one certificate and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { makeLinkCertificate, type CertificateRequest } from './link-certificate.js';

if (parentPort === null) throw new Error('certificate-worker runs as a worker thread only');
// Only `credentials.ts` starts this file; nothing from outside comes through here.
parentPort.postMessage(await makeLinkCertificate(workerData as CertificateRequest));

import { loadLibraries, loadCuda } from './src/native/node.js'
import { describeCuda } from './src/native/describe.js'
import { compiled } from './src/compile.js'
const show=(l:string,env:Record<string,string>)=>{const a=performance.now();const t=loadLibraries(env);const ms=(performance.now()-a).toFixed(0);
 if(typeof t==='string'){console.log(l,'REFUSED',t);return}
 console.log(l,ms+'ms',t.versions,t.about.nvrtc)
 for(const arch of ['sm_80','sm_90']){const im=compiled(t,arch,'extern "C" __global__ void f(double*a){a[0]=sin(a[1]);}');console.log(arch,im.length,[...im.subarray(0,4)])}
 try{compiled(t,'sm_80','extern "C" __global__ void f(){x=1;}')}catch(e){console.log((e as Error).message)}
}
const m=process.argv[2]!
if(m==='cu')show('NTK_CUDA',{NTK_CUDA:'/tmp/cu'})
if(m==='venv')show('VIRTUAL_ENV',{VIRTUAL_ENV:'/tmp/cu'})
if(m==='sep')show('separate',{NTK_CUDA:'/tmp/cusep'})
if(m==='ld')show('loader',{})
if(m==='none'){console.log(loadCuda({}));console.log(loadCuda({VIRTUAL_ENV:'/tmp/cu'}));try{loadCuda({NTK_CUDA:'/usr/share'})}catch(e){console.log((e as Error).message)};console.log(describeCuda())}
if(m==='fake'){console.log(describeCuda(()=>loadCuda({NTK_CUDA:'/tmp/cu'},[process.argv[3]!])))}
